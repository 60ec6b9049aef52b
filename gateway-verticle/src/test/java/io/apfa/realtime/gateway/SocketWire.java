package io.apfa.realtime.gateway;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket of a test, of any version that has frames (hybi-07, hybi-10, RFC 6455). Confined to
 * the test's thread.
 */
final class SocketWire implements AutoCloseable {
  /** The key of the handshake and what must come back for it. */
  static final String KEY = "x3JJHMbDL1EzLkh9GBhXDw==";

  static final String ACCEPT = "HSmrc0sMlYUkAGmm5OPpG2HaGWk=";

  final HttpWire http;

  SocketWire(int port, String path, String version, String connection) throws IOException {
    this(new HttpWire(port), path, version, connection);
  }

  SocketWire(HttpWire http, String path, String version, String connection) throws IOException {
    this.http = http;
    http.send(
        "HTTP/1.1",
        "GET",
        path,
        null,
        "Upgrade",
        "websocket",
        "Connection",
        connection,
        "Sec-WebSocket-Version",
        version,
        "Sec-WebSocket-Key",
        KEY);
  }

  static SocketWire open(int port, String path) throws IOException {
    SocketWire wire = new SocketWire(port, path, "13", "Upgrade");
    if (wire.http.status != 101) {
      throw new IOException("status " + wire.http.status + " (expected: 101)");
    }
    return wire;
  }

  void sendText(String text) throws IOException {
    http.out.write(maskedFrame(0x81, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A client's frame, masked as RFC 6455 wants it; {@code first} is its first byte. */
  static byte[] maskedFrame(int first, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else {
      frame.write(0x80 | 126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    byte[] mask = {1, 2, 3, 4};
    frame.write(mask);
    for (int i = 0; i < payload.length; i++) {
      frame.write(payload[i] ^ mask[i % 4]);
    }
    return frame.toByteArray();
  }

  /**
   * The next text; {@link EOFException} once the other side has closed, with or without a frame.
   */
  String receive() throws IOException {
    while (true) {
      int first = http.in.readUnsignedByte();
      int length = http.in.readUnsignedByte();
      if (length == 126) {
        length = http.in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(http.in.readLong());
      }
      byte[] payload = http.in.readNBytes(length);
      if (first == 0x88) {
        throw new EOFException("closed");
      }
      if (first == 0x81 || first == 0x82) {
        return new String(payload, StandardCharsets.UTF_8);
      }
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
