package io.apfa.realtime.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * One browser's session that waits for updates, as JSON over a WebSocket: how long after an act it
 * sees what the act leads to. Confined to the bench's thread.
 */
final class RoomWatch implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final WebSocket socket;
  private final Set<String> registered = ConcurrentHashMap.newKeySet();
  private volatile Wanted wanted = new Wanted(update -> false);

  /** Kept: Vert.x closes the sockets of a client that nobody refers to any more. */
  private final WebSocketClient client;

  /** An update that somebody waits for, and when it came. */
  private record Wanted(Predicate<JsonObject> update, CompletableFuture<Long> seenNanos) {
    Wanted(Predicate<JsonObject> update) {
      this(update, new CompletableFuture<>());
    }
  }

  /** What somebody does. */
  interface Act {
    void now() throws Exception;
  }

  private RoomWatch(WebSocketClient client, WebSocket socket) {
    this.client = client;
    this.socket = socket;
    socket.textMessageHandler(this::onText);
  }

  /** Connects. */
  static RoomWatch open(Vertx vertx, int port) throws Exception {
    WebSocketClient client = vertx.createWebSocketClient();
    CompletableFuture<RoomWatch> open = new CompletableFuture<>();
    client
        .connect(port, "127.0.0.1", "/eventbus/websocket")
        .onComplete(
            socket -> open.complete(new RoomWatch(client, socket)), open::completeExceptionally);
    return open.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Joins {@code room}; returns once it has. */
  void join(String room) throws Exception {
    say(
        new JsonObject()
            .put("type", "register")
            .put("address", room)
            .put("headers", new JsonObject().put("encoding", "json")));
    ServerProcess.waitFor("registered in " + room, () -> registered.contains(room));
  }

  /** Sends {@code frame}. */
  void say(JsonObject frame) {
    socket.writeTextMessage(frame.encode());
  }

  /** Nanoseconds from {@code act} until an {@code update} that holds comes. */
  long nanosUntil(Predicate<JsonObject> update, Act act) throws Exception {
    Wanted next = new Wanted(update);
    wanted = next;
    long begun = System.nanoTime();
    act.now();
    return next.seenNanos.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - begun;
  }

  private void onText(String text) {
    long now = System.nanoTime();
    JsonObject frame = new JsonObject(text);
    if ("registered".equals(frame.getString("type"))) {
      registered.add(frame.getString("address"));
      return;
    }
    if (!(frame.getValue("body") instanceof JsonObject body)) {
      return;
    }
    Wanted waiting = wanted;
    JsonArray updates = body.getJsonArray("updates", new JsonArray());
    for (int i = 0; i < updates.size(); i++) {
      if (waiting.update.test(updates.getJsonObject(i))) {
        waiting.seenNanos.complete(now);
      }
    }
  }

  /** Pings, as clients do. */
  void ping() {
    socket.writeTextMessage(FanoutClients.PING);
  }

  /** The socket ends with its client. */
  @Override
  public void close() {
    client.close().onFailure(failure -> System.err.println("close: " + failure));
  }
}
