package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.testkit.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Workers that cannot do everything, because of their pool, and that accept no JSON: they log an
 * error and stay silent when they are told something in it.
 */
class OtherPoolsTest {
  private static final String THREADS = "threads@alpha";
  private static RedisServer redis;
  private static CeleryApp celery;
  private static BridgeHarness bridge;
  private static CeleryApp.Worker threads;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    celery =
        new CeleryApp(redis.url(), redis.url())
            .with(
                "ORDERS_CONF",
                "{\"accept_content\": [\"msgpack\"], \"task_serializer\": \"msgpack\","
                    + " \"result_serializer\": \"msgpack\", \"result_extended\": true}");
    bridge =
        BridgeHarness.start(
            redis.url(), Map.of("commands.deadline", "5s", "broker.task-serializer", "msgpack"));
    bridge.awaitForwarding();
    threads = celery.startWorker(THREADS, "-c", "2", "-P", "threads");
    celery.startWorker("prefork@alpha", "-c", "1", "-Q", "other");
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                bridge.owner.only(CeleryEvent.WorkerEvent.class).stream()
                        .map(CeleryEvent.WorkerEvent::hostname)
                        .distinct()
                        .count()
                    == 2);
  }

  @AfterAll
  static void stop() {
    celery.close();
    bridge.close();
    redis.close();
  }

  private static Update.CommandUpdate run(CommandStatus status, Command command) {
    Update.CommandUpdate update = bridge.owner.command(bridge.runToEnd(command));
    assertThat(update.status()).as("%s %s", update, threads.log()).isEqualTo(status);
    return update;
  }

  @Test
  void shouldSpeakMsgpackToWorkersThatAcceptNothingElse() {
    assertThat(run(CommandStatus.CONFIRMED, new Command.Ping()).reason()).startsWith("2 of 2");
    Update.CommandUpdate triggered =
        run(
            CommandStatus.CONFIRMED,
            new Command.Trigger("orders.add", "[20, 22]", "{}", null, -1, Double.NaN, -1));
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> threads.log().contains("[" + triggered.taskId() + "] succeeded"));
    run(CommandStatus.CONFIRMED, new Command.Revoke(List.of("in-msgpack"), false, "SIGTERM"));
    assertThat(threads.log()).contains("Tasks flagged as revoked: in-msgpack");
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                bridge
                    .query(BridgeQuery.What.RESULT, triggered.taskId(), 1)
                    .contains("\"result\":42"));

    Update.CommandUpdate retried =
        run(
            CommandStatus.CONFIRMED,
            new Command.Retry(List.of(String.valueOf(triggered.taskId())), null, null));
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> threads.log().contains("[" + retried.taskId() + "] succeeded"));
  }

  /**
   * Another worker's "tasks unknown" confirmed a terminate that had failed.
   *
   * <p>The start is read from the result backend, not from {@code task-started}: in a pool of
   * threads Celery itself loses one of those now and then, for {@code EventDispatcher.send} appends
   * to the group's buffer without the lock under which {@code flush} publishes and clears it.
   */
  @Test
  void shouldTellThatAPoolOfThreadsCannotTerminate() {
    String uuid = celery.send("orders.slow", "[4]");
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> bridge.query(BridgeQuery.What.RESULT, uuid, 1).contains("STARTED"));

    Update.CommandUpdate update =
        run(CommandStatus.FAILED, new Command.Revoke(List.of(uuid), true, "SIGTERM"));

    assertThat(update.reason()).startsWith(THREADS).contains("does not implement kill_job");
    assertThat(threads.log()).contains("Terminating " + uuid);
  }

  @Test
  void shouldTellThatAPoolOfThreadsDoesNotGrowNorScale() {
    assertThat(run(CommandStatus.FAILED, new Command.Pool(THREADS, 1)).reason())
        .contains("no attribute 'grow'");
    assertThat(run(CommandStatus.FAILED, new Command.Autoscale(THREADS, 1, 3)).reason())
        .contains("Autoscale not enabled");
  }
}
