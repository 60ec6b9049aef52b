package io.apfa.realtime.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * A client of any transport that reads only as fast as it is given credit, and keeps the last state
 * it heard of each task. When its SockJS session ended while it was reading (SockJS waits 5 s for
 * the next request), it goes on from its position in a new one, as every client should.
 * Thread-safe: it reads on a thread of its own.
 */
final class SlowClient implements AutoCloseable {
  private static final int RECEIVE_BUFFER_BYTES = 4096;
  private static final int PLENTY = 1 << 30;

  final Map<String, String> states = new ConcurrentHashMap<>();

  private final int port;
  private final String transport;
  private final String url = "/eventbus" + SockJsMount.session();
  private final Semaphore credit = new Semaphore(0);
  private final Thread reader = new Thread(this::run);
  private volatile HttpWire wire;
  private volatile boolean registered;
  private volatile String failure = "";
  private String epoch = "";
  private long offset = -1;
  private volatile boolean closed;

  SlowClient(int port, String transport) {
    this.port = port;
    this.transport = transport;
    reader.setDaemon(true);
    reader.start();
  }

  /** It may read {@code bytes} more. */
  void allow(int bytes) {
    credit.release(bytes);
  }

  /** It reads as fast as it can from now on. */
  void hurry() {
    credit.release(PLENTY);
  }

  boolean isRegistered() {
    return registered;
  }

  /** Why it stopped reading; empty while it reads. */
  String failure() {
    return failure;
  }

  private HttpWire connect() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    wire = new HttpWire(socket, new CreditInputStream(socket.getInputStream(), credit));
    return wire;
  }

  private void run() {
    try {
      switch (transport) {
        case "raw" -> readSocket("/eventbus/websocket", false);
        case "websocket" -> readSocket(url + "/websocket", true);
        case "xhr" -> poll();
        case "xhr_streaming" -> stream("POST", "/xhr_streaming");
        case "eventsource" -> stream("GET", "/eventsource");
        case "htmlfile" -> stream("GET", "/htmlfile?c=callback");
        default -> throw new IllegalArgumentException(transport);
      }
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        failure = String.valueOf(e);
      }
    }
  }

  private void readSocket(String path, boolean framed) throws IOException {
    SocketWire socket = new SocketWire(connect(), path, "13", "Upgrade");
    socket.sendText(framed ? new JsonArray().add(registration()).encode() : registration());
    while (!closed) {
      String text = socket.receive();
      if (framed) {
        onFrame(text);
      } else {
        onMessage(text);
      }
    }
  }

  private void poll() throws IOException {
    while (!closed) {
      try (HttpWire poll = connect()) {
        poll.send("HTTP/1.1", "POST", url + "/xhr", "");
        String body = poll.readBody();
        if (body.equals("o\n")) {
          register();
        } else {
          onFrame(body);
        }
      }
    }
  }

  private void stream(String verb, String suffix) throws IOException {
    while (!closed) {
      try (HttpWire stream = connect()) {
        stream.send("HTTP/1.1", verb, url + suffix, verb.equals("POST") ? "" : null);
        stream.readChunk();
        for (String chunk = stream.readChunk(); !chunk.isEmpty(); chunk = stream.readChunk()) {
          String frame = unwrapped(chunk);
          if (frame.equals("o")) {
            register();
          } else {
            onFrame(frame);
          }
        }
      }
    }
  }

  private String unwrapped(String chunk) {
    return switch (transport) {
      case "eventsource" -> chunk.substring("data: ".length()).strip();
      case "htmlfile" ->
          new JsonArray("[" + chunk.substring(chunk.indexOf('"'), chunk.lastIndexOf('"') + 1) + "]")
              .getString(0);
      default -> chunk.strip();
    };
  }

  private String registration() {
    JsonObject headers = new JsonObject().put("ack", "true");
    if (offset >= 0) {
      headers.put("position", epoch + ":" + offset);
    }
    return new JsonObject()
        .put("type", "register")
        .put("address", "celery:tasks")
        .put("headers", headers)
        .encode();
  }

  private void register() throws IOException {
    HttpWire.exchange(
        port, "POST", url + "/xhr_send", new JsonArray().add(registration()).encode());
  }

  private void onFrame(String frame) throws IOException {
    if (frame.startsWith("a")) {
      for (Object message : new JsonArray(frame.substring(1))) {
        onMessage((String) message);
      }
    } else if (frame.startsWith("c")) {
      throw new EOFException("closed: " + frame);
    }
  }

  private void onMessage(String text) throws IOException {
    JsonObject message = new JsonObject(text);
    if (message.getString("type").equals("registered")) {
      registered = true;
      String[] position = message.getJsonObject("body").getString("position").split(":", 2);
      epoch = position[0];
      offset = offset < 0 ? Long.parseLong(position[1]) : offset;
    } else if (message.getString("type").equals("err")) {
      throw new EOFException("refused: " + text);
    } else if (message.getJsonObject("body") != null) {
      offset = message.getJsonObject("body").getLong("offset");
      for (Object each : message.getJsonObject("body").getJsonArray("updates")) {
        JsonObject update = (JsonObject) each;
        if (update.getString("type").equals("task_update")) {
          JsonObject task = update.getJsonObject("data");
          states.put(task.getString("uuid"), task.getString("state"));
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    HttpWire last = wire;
    if (last != null) {
      last.close();
    }
    hurry();
  }
}
