package io.apfa.realtime.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One WebSocket client that keeps what it hears, in order. Thread-safe: queues. */
final class TestClient {
  final BlockingQueue<JsonObject> texts = new LinkedBlockingQueue<>();
  final BlockingQueue<Buffer> binaries = new LinkedBlockingQueue<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final CompletableFuture<String> closeReason = new CompletableFuture<>();
  final WebSocket socket;

  /** Kept: Vert.x closes a client that nobody refers to any more. */
  @SuppressWarnings("UnusedVariable") // to refer to it is all
  private final WebSocketClient client;

  private TestClient(WebSocketClient client, WebSocket socket) {
    this.client = client;
    this.socket = socket;
    if (socket.isClosed()) {
      onClosed();
      return;
    }
    socket.textMessageHandler(text -> texts.add(new JsonObject(text)));
    socket.binaryMessageHandler(binaries::add);
    socket.closeHandler(v -> onClosed());
    socket.resume();
  }

  /** A server that turns a session away may have closed it before its client knows it is open. */
  private void onClosed() {
    closed.complete(
        socket.closeStatusCode() == null ? 1006 : (int) (short) socket.closeStatusCode());
    closeReason.complete(String.valueOf(socket.closeReason()));
  }

  static TestClient connect(Vertx vertx, int port, String uri, Map<String, String> headers) {
    WebSocketClient client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxFrameSize(8 * 1024 * 1024)
                .setMaxMessageSize(8 * 1024 * 1024)
                .setClosingTimeout(1)
                .setMaxConnections(100_000));
    WebSocketConnectOptions options =
        new WebSocketConnectOptions().setHost("127.0.0.1").setPort(port).setURI(uri);
    headers.forEach(options::addHeader);
    return TestGateway.await(
        client
            .connect(options)
            .map(
                socket -> {
                  socket.pause();
                  return new TestClient(client, socket);
                }));
  }

  void send(JsonObject frame) {
    socket.writeTextMessage(frame.encode());
  }

  void register(String room, String... headers) {
    JsonObject values = new JsonObject();
    for (int i = 0; i < headers.length; i += 2) {
      values.put(headers[i], headers[i + 1]);
    }
    send(new JsonObject().put("type", "register").put("address", room).put("headers", values));
  }

  /** The next text frame. */
  JsonObject next() {
    try {
      JsonObject frame = texts.poll(10, TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("no text frame within 10 s");
      }
      return frame;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next text frame that satisfies {@code wanted}; others are passed over. */
  JsonObject next(Predicate<JsonObject> wanted) {
    while (true) {
      JsonObject frame = next();
      if (wanted.test(frame)) {
        return frame;
      }
    }
  }

  Buffer nextBinary() {
    try {
      Buffer frame = binaries.poll(10, TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("no binary frame within 10 s");
      }
      return frame;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  int closeCode() {
    try {
      return closed.get(15, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not closed within 15 s", e);
    }
  }

  /** Nothing came so far: a ping is answered before anything else arrives. */
  void pingThrough(long timestamp) {
    send(new JsonObject().put("type", "ping").put("timestamp", timestamp));
  }
}
