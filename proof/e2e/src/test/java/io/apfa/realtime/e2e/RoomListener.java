package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * A session in {@code celery:tasks} that holds the server to its word: every frame follows the one
 * before, nothing twice, nothing missing. When its connection ends it comes back with its position,
 * to whichever gateway it is told. Thread-safe: every method holds the object's monitor.
 */
final class RoomListener implements WebSocket.Listener {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Supplier<String> url;
  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> states = new HashMap<>();
  private final List<JsonObject> gaps = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private String epoch = "";
  private long offset;
  private boolean registered;
  private boolean closing;
  private long lastFrameNanos;
  private long longestSilenceNanos;
  private int connections;
  private int notRecovered;
  private WebSocket socket;

  RoomListener(Supplier<String> url) {
    this.url = url;
    connect();
  }

  private void connect() {
    var unused =
        HTTP.newWebSocketBuilder()
            .buildAsync(URI.create(url.get()), this)
            .whenComplete(
                (opened, failure) -> {
                  if (failure != null) {
                    reconnect();
                  }
                });
  }

  private void reconnect() {
    synchronized (this) {
      if (closing) {
        return;
      }
      registered = false;
    }
    java.util.concurrent.CompletableFuture.delayedExecutor(
            100 + ThreadLocalRandom.current().nextInt(200),
            java.util.concurrent.TimeUnit.MILLISECONDS)
        .execute(this::connect);
  }

  @Override
  public void onOpen(WebSocket opened) {
    synchronized (this) {
      socket = opened;
      connections++;
      String position = epoch.isEmpty() ? "" : ",\"position\":\"" + epoch + ":" + offset + "\"";
      var unused =
          opened.sendText(
              "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\""
                  + position
                  + "}}",
              true);
    }
    opened.request(Long.MAX_VALUE);
  }

  @Override
  public synchronized CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      String frame = text.toString();
      text.setLength(0);
      onFrame(new JsonObject(frame));
    }
    return null;
  }

  private void onFrame(JsonObject frame) {
    switch (frame.getString("type")) {
      case "registered" -> onRegistered(frame.getJsonObject("body"));
      case "rec" -> onBatch(frame.getJsonObject("body"));
      case "err" -> {
        if (!"DISCONNECT".equals(frame.getString("failureType"))) {
          violations.add(frame.encode());
        }
      }
      default -> {
        // pongs and the like say nothing about the stream
      }
    }
  }

  private void onRegistered(JsonObject body) {
    String position = body.getString("position");
    int colon = position.lastIndexOf(':');
    String nowEpoch = position.substring(0, colon);
    long nowOffset = Long.parseLong(position.substring(colon + 1));
    if (!epoch.isEmpty() && (!body.getBoolean("recovered") || nowOffset != offset)) {
      notRecovered++;
    }
    epoch = nowEpoch;
    offset = nowOffset;
    registered = true;
    lastFrameNanos = System.nanoTime();
  }

  private void onBatch(JsonObject batch) {
    long from = batch.getLong("from");
    long end = batch.getLong("offset");
    if (!batch.getString("epoch").equals(epoch)) {
      violations.add("epoch " + batch.getString("epoch") + " after " + epoch);
    } else if (from > offset + 1) {
      violations.add("from " + from + " after " + offset);
    } else if (end <= offset) {
      violations.add("offset " + end + " again after " + offset);
    }
    long now = System.nanoTime();
    longestSilenceNanos = Math.max(longestSilenceNanos, now - lastFrameNanos);
    lastFrameNanos = now;
    offset = end;
    JsonArray updates = batch.getJsonArray("updates");
    for (int i = 0; i < updates.size(); i++) {
      JsonObject update = updates.getJsonObject(i);
      if (update.getString("type").equals("task_update")) {
        JsonObject task = update.getJsonObject("data");
        states.put(task.getString("uuid"), task.getString("state"));
      } else if (update.getString("type").equals("gap")) {
        gaps.add(update.getJsonObject("data"));
      }
    }
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    reconnect();
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    reconnect();
  }

  /** Whether the server said that the stream goes on. */
  synchronized boolean isRegistered() {
    return registered;
  }

  /** What was wrong with the stream; nothing, if the server keeps its word. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** The last state of each task that was told. */
  synchronized Map<String, String> states() {
    return Map.copyOf(states);
  }

  /** The gaps that were told. */
  synchronized List<JsonObject> gaps() {
    return List.copyOf(gaps);
  }

  /** The longest time between two frames, in milliseconds. */
  synchronized long longestSilenceMillis() {
    return longestSilenceNanos / 1_000_000;
  }

  /** How often it came back and its position could not be recovered. */
  synchronized int notRecovered() {
    return notRecovered;
  }

  synchronized int connections() {
    return connections;
  }

  synchronized void close() {
    closing = true;
    socket.abort();
  }
}
