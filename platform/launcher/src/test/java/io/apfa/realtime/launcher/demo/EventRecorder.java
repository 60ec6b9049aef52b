package io.apfa.realtime.launcher.demo;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Hears all events on a Redis, for the tests. Thread-safe: one concurrent queue. */
final class EventRecorder implements AutoCloseable {
  private final Collection<JsonObject> events = new ConcurrentLinkedQueue<>();
  private final Redis redis;

  EventRecorder(Vertx vertx, String url) throws Exception {
    redis = Redis.createClient(vertx, url);
    redis
        .connect()
        .compose(
            connection -> {
              connection.handler(this::onPush);
              return connection.send(Request.cmd(Command.PSUBSCRIBE).arg("/0.celeryev/*"));
            })
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private void onPush(Response push) {
    if (push.size() == 4 && push.get(0).toString().equals("pmessage")) {
      events.addAll(WireEvents.ofMessage(push.get(3).toString()));
    }
  }

  /** All events so far. */
  Collection<JsonObject> events() {
    return events;
  }

  /** The types heard so far. */
  Set<String> types() {
    return events.stream().map(event -> event.getString("type")).collect(Collectors.toSet());
  }

  /** The type of every event with that uuid, in order. */
  Collection<String> typesOf(String uuid) {
    return events.stream()
        .filter(event -> uuid.equals(event.getString("uuid")))
        .map(event -> event.getString("type"))
        .toList();
  }

  @Override
  public void close() {
    redis.close();
  }
}
