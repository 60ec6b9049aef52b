package io.apfa.realtime.bridge;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;

/** Publishes events as kombu does, and sends any other command. Confined to the test's thread. */
public final class Publisher implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final Redis redis;

  public Publisher(RedisServer server) {
    redis = Redis.createClient(vertx, server.url());
  }

  /** Publishes {@code body} as the JSON of an event message. */
  public int event(String body) {
    return publish("/0.celeryev/task.multi", envelope(body));
  }

  /** A task event with a uuid of its own. */
  int task(String type, String uuid) {
    return event(
        "[{\"hostname\": \"w9@test\", \"utcoffset\": 0, \"pid\": 7, \"clock\": 3, \"uuid\": \""
            + uuid
            + "\", \"timestamp\": 1795555656.5, \"type\": \""
            + type
            + "\"}]");
  }

  int publish(String channel, String payload) {
    return send(Request.cmd(Command.PUBLISH).arg(channel).arg(payload)).toInteger();
  }

  Response send(Request request) {
    return BridgeHarness.join(redis.send(request));
  }

  public static String envelope(String body) {
    return "{\"body\": \""
        + Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8))
        + "\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\","
        + " \"headers\": {\"hostname\": \"w9@test\"}, \"properties\": {\"delivery_mode\": 1,"
        + " \"delivery_info\": {\"exchange\": \"celeryev\", \"routing_key\": \"task.multi\"},"
        + " \"priority\": 0, \"body_encoding\": \"base64\", \"delivery_tag\": \""
        + UUID.randomUUID()
        + "\"}}";
  }

  @Override
  public void close() {
    BridgeHarness.join(vertx.close());
  }
}
