package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.testkit.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real worker on a real Redis, and the bridge beside it. */
class RealCeleryTest {
  private static RedisServer redis;
  private static CeleryApp celery;
  private static BridgeHarness bridge;
  private static CeleryApp.Worker worker;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    celery = new CeleryApp(redis.url(), redis.url());
    bridge = BridgeHarness.start(redis.url(), Map.of("commands.deadline", "5s"));
    bridge.awaitForwarding();
    worker = celery.startWorker("w1@alpha", "-c", "2");
  }

  @AfterAll
  static void stop() {
    celery.close();
    bridge.close();
    redis.close();
  }

  private static void awaitTask(String uuid, String type) {
    await(type).atMost(20, TimeUnit.SECONDS).until(() -> bridge.owner.hasTask(uuid, type));
  }

  @Test
  void shouldForwardEveryEventOfATaskThatSucceeds() {
    String uuid = celery.send("orders.add", "[2, 3]");

    awaitTask(uuid, "task-succeeded");
    List<CeleryEvent.TaskEvent> events =
        bridge.owner.tasks().stream().filter(task -> task.uuid().equals(uuid)).toList();
    assertThat(events)
        .extracting(CeleryEvent.TaskEvent::type)
        .containsExactlyInAnyOrder("task-sent", "task-received", "task-started", "task-succeeded");
    CeleryEvent.TaskEvent received =
        events.stream().filter(e -> e.type().equals("task-received")).findFirst().orElseThrow();
    assertThat(received.name()).isEqualTo("orders.add");
    assertThat(received.args()).isEqualTo("[2, 3]");
    assertThat(received.hostname()).isEqualTo("w1@alpha");
  }

  @Test
  void shouldForwardFailureRetryAndProgress() {
    String failing = celery.send("orders.fail", "[\"bad\"]");
    String retried = celery.send("orders.retry", "[1]");
    String progressing = celery.send("orders.progress", "[2]");

    awaitTask(failing, "task-failed");
    awaitTask(retried, "task-retried");
    awaitTask(retried, "task-succeeded");
    awaitTask(progressing, "task-progress");
    awaitTask(progressing, "task-succeeded");
    assertThat(bridge.owner.tasks())
        .anySatisfy(
            task -> {
              assertThat(task.uuid()).isEqualTo(failing);
              assertThat(task.exception()).isEqualTo("ValueError('bad')");
              assertThat(task.traceback()).contains("raise ValueError");
            })
        .anySatisfy(
            task -> {
              assertThat(task.uuid()).isEqualTo(progressing);
              assertThat(task.progress())
                  .isEqualTo(
                      "{\"step\":0,\"pct\":\"NaN\",\"big\":1180591620717411303424,\"note\":\"hé"
                          + " 😀\"}");
            });
  }

  @Test
  void shouldTellProgressThatNeverReachesTheEventStream() {
    String uuid = celery.send("orders.progress", "[2]");

    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                bridge.owner.only(CeleryEvent.TaskMeta.class).stream()
                    .anyMatch(
                        meta ->
                            meta.uuid().equals(uuid)
                                && "PROGRESS".equals(meta.status())
                                && "{\"step\":1,\"steps\":2}".equals(meta.progress())));
  }

  @Test
  void shouldTellTheGroupOfATask() {
    List<String> ids = celery.send("group", "[3]", "{}");

    await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () ->
                assertThat(bridge.owner.only(CeleryEvent.TaskMeta.class))
                    .filteredOn(meta -> ids.get(0).equals(meta.groupId()))
                    .extracting(CeleryEvent.TaskMeta::uuid)
                    .containsAll(ids.subList(1, 4)));
  }

  @Test
  void shouldRevokeARunningTask() {
    String uuid = celery.send("orders.slow", "[60]");
    awaitTask(uuid, "task-started");

    String command = bridge.runToEnd(new Command.Revoke(List.of(uuid), true, "SIGTERM"));

    assertThat(bridge.owner.command(command).status()).isEqualTo(CommandStatus.CONFIRMED);
    assertThat(bridge.owner.command(command).reason()).contains("terminate: " + uuid);
    awaitTask(uuid, "task-revoked");
    assertThat(worker.log()).contains("Terminating " + uuid);
  }

  @Test
  void shouldRevokeATaskThatWaits() {
    String uuid = celery.send("orders.add", "[1, 1]", "{\"countdown\": 30}").get(0);
    awaitTask(uuid, "task-received");

    String command = bridge.runToEnd(new Command.Revoke(List.of(uuid), false, "SIGTERM"));

    assertThat(bridge.owner.command(command).status()).isEqualTo(CommandStatus.CONFIRMED);
    assertThat(worker.log()).contains("Tasks flagged as revoked: " + uuid);
  }

  @Test
  void shouldTakeAMsgIdOnce() {
    Command revoke = new Command.Revoke(List.of("no-such-task"), false, "SIGTERM");

    CommandReply first = bridge.command("m-1", revoke);
    CommandReply again = bridge.command("m-1", revoke);

    assertThat(again).isEqualTo(first);
    await().until(() -> bridge.owner.hasEnded(first.commands().get(0).commandId()));
    assertThat(bridge.owner.only(CeleryEvent.CommandOutcome.class))
        .filteredOn(outcome -> "m-1".equals(outcome.update().msgId()))
        .hasSize(2);
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> bridge.command("m-1", new Command.Ping())))
        .hasMessageContaining("another command");
  }
}
