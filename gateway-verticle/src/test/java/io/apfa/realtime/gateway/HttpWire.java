package io.apfa.realtime.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1 connection of a test, with every header and every chunk as it is on the wire. Confined
 * to the test's thread.
 */
final class HttpWire implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  final Socket socket;
  final DataInputStream in;
  final OutputStream out;

  /** Headers by name in lower case. */
  Map<String, String> headers = Map.of();

  int status;
  private String method = "";

  /** A whole answer. */
  record Answer(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  HttpWire(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port), null);
    socket.setSoTimeout(TIMEOUT_MILLIS);
  }

  /** Reads from {@code input} instead of the socket's own stream, unless it is null. */
  HttpWire(Socket socket, @Nullable InputStream input) throws IOException {
    this.socket = socket;
    out = socket.getOutputStream();
    in = new DataInputStream(input == null ? socket.getInputStream() : input);
  }

  /** One request on a connection of its own. */
  static Answer exchange(
      int port, String method, String path, @Nullable String body, String... headers)
      throws IOException {
    try (HttpWire wire = new HttpWire(port)) {
      wire.send("HTTP/1.1", method, path, body, headers);
      return new Answer(wire.status, wire.headers, wire.readBody());
    }
  }

  /** Sends a request and reads the head of the answer. {@code more} = names and values in turn. */
  void send(String version, String verb, String path, @Nullable String body, String... more)
      throws IOException {
    StringBuilder head = new StringBuilder(verb + " " + path + " " + version + "\r\n");
    head.append("Host: localhost\r\n");
    for (int i = 0; i < more.length; i += 2) {
      head.append(more[i]).append(": ").append(more[i + 1]).append("\r\n");
    }
    byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    if (body != null) {
      head.append("Content-Length: ").append(bytes.length).append("\r\n");
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    request.write(bytes);
    out.write(request.toByteArray());
    method = verb;
    readHead();
  }

  void readHead() throws IOException {
    String line = readLine();
    status = Integer.parseInt(line.substring(9, 12));
    Map<String, String> read = new HashMap<>();
    for (String header = readLine(); !header.isEmpty(); header = readLine()) {
      int colon = header.indexOf(':');
      read.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).trim());
    }
    headers = read;
  }

  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** The next chunk; empty when it was the last one or the connection was closed. */
  String readChunk() throws IOException {
    int first = in.read();
    if (first < 0) {
      return "";
    }
    int length = Integer.parseInt((char) first + readLine(), 16);
    String chunk = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    readLine();
    return chunk;
  }

  String readBytes(int length) throws IOException {
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  /** The rest of the answer. */
  String readBody() throws IOException {
    if (status == 204 || status == 304 || status == 101 || method.equals("HEAD")) {
      return "";
    }
    if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      StringBuilder body = new StringBuilder();
      for (String chunk = readChunk(); !chunk.isEmpty(); chunk = readChunk()) {
        body.append(chunk);
      }
      return body.toString();
    }
    String length = headers.get("content-length");
    return length == null
        ? new String(in.readAllBytes(), StandardCharsets.UTF_8)
        : readBytes(Integer.parseInt(length));
  }

  /** Whether the other side has closed. */
  boolean isClosed() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
