package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Apps that name their keys and channels otherwise, each with a real worker. */
class TransportOptionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "0 | broker_transport_options={\"fanout_prefix\": false} | fanout-prefix=false",
        "0 | broker_transport_options={\"fanout_prefix\": \"/custom.\"} | fanout-prefix=/custom.",
        "4 | broker_transport_options={\"fanout_patterns\": false} | fanout-patterns=false",
        "0 | broker_transport_options={\"sep\": \":\", \"priority_steps\": [0,1,2,3,4],"
            + " \"global_keyprefix\": \"shop*\"} |"
            + " sep=:;priority-steps=0,1,2,3,4;global-keyprefix=shop*",
        "3 | event_exchange=\"shopev\";control_exchange=\"shop\";event_queue_prefix=\"mine\" |"
            + " event-exchange=shopev;control-exchange=shop",
      })
  void shouldHearAndCommandAnAppThatNamesItsKeysOtherwise(int db, String conf, String keys) {
    JsonObject settings = new JsonObject();
    for (String each : conf.split(";", -1)) {
      String[] pair = each.split("=", 2);
      settings.put(pair[0], io.vertx.core.json.Json.decodeValue(pair[1]));
    }
    Map<String, String> options = new HashMap<>(Map.of("commands.deadline", "5s"));
    for (String each : keys.split(";", -1)) {
      String[] pair = each.split("=", 2);
      options.put("broker." + pair[0], pair[1]);
    }
    try (RedisServer redis = RedisServer.start()) {
      String url = "redis://127.0.0.1:" + redis.port() + "/" + db;
      try (BridgeHarness bridge = BridgeHarness.start(url, options);
          CeleryApp celery = new CeleryApp(url, url).with("ORDERS_CONF", settings.encode());
          Publisher reader = new Publisher(redis)) {
        bridge.awaitForwarding();
        CeleryApp.Worker worker = celery.startWorker("w1@options", "-P", "solo");
        String uuid = celery.send("orders.add", "[2, 3]", "{\"priority\": 4}").get(0);
        await()
            .atMost(20, TimeUnit.SECONDS)
            .until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));
        for (Command command :
            List.of(
                new Command.Ping(),
                new Command.Revoke(List.of("task-of-options"), false, "SIGTERM"),
                new Command.Trigger("orders.add", "[1, 1]", "{}", null, 4, Double.NaN, -1))) {
          Update.CommandUpdate ended = bridge.owner.command(bridge.runToEnd(command));
          assertThat(ended.status()).as("%s", ended).isEqualTo(CommandStatus.CONFIRMED);
        }
        assertThat(worker.log()).contains("Tasks flagged as revoked: task-of-options");
        assertDepthIsRead(bridge, celery);
        assertNoReplyQueueIsLeft(reader, db);
      }
    }
  }

  /** A message of priority 4 that waits is counted, and no worker's own queue is one of tasks. */
  private static void assertDepthIsRead(BridgeHarness bridge, CeleryApp celery) {
    celery.send("orders.add", "[2, 3]", "{\"queue\": \"idle\", \"priority\": 4}");
    await()
        .atMost(15, TimeUnit.SECONDS)
        .until(
            () ->
                bridge.owner.only(CeleryEvent.QueueReading.class).stream()
                    .anyMatch(reading -> reading.queue().equals("idle") && reading.depth() == 1));
    assertThat(bridge.owner.only(CeleryEvent.QueueReading.class))
        .extracting(CeleryEvent.QueueReading::queue)
        .containsOnly("celery", "idle");
  }

  private static void assertNoReplyQueueIsLeft(Publisher reader, int db) {
    await()
        .atMost(10, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              reader.send(Request.cmd(io.vertx.redis.client.Command.SELECT).arg(db));
              assertThat(
                      reader
                          .send(
                              Request.cmd(io.vertx.redis.client.Command.KEYS)
                                  .arg("*reply.*pidbox*"))
                          .toString())
                  .isEqualTo("[]");
            });
  }
}
