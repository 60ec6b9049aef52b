package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events are lost: what brokers, workers and the result backend know repairs the table. */
class ReconcileTest {
  private final RedisServer redis = RedisServer.start();
  private final CeleryApp celery = new CeleryApp(redis.url(), redis.url());
  private final BridgeHarness bridge =
      BridgeHarness.start(redis.url(), Map.of("commands.deadline", "3s"));

  @AfterEach
  void stop() {
    celery.close();
    bridge.close();
    redis.close();
  }

  private static Task open(String uuid, String state) {
    return Task.builder(uuid).state(state).timestampMillis(1).build();
  }

  /** Cuts the bridge's own subscription, and nobody else's. */
  private void cutSubscription() {
    try (Publisher admin = new Publisher(redis)) {
      String clients =
          admin.send(Request.cmd(io.vertx.redis.client.Command.CLIENT).arg("LIST")).toString();
      clients
          .lines()
          .filter(line -> line.contains("name=apfa-events"))
          .map(line -> line.replaceAll("^id=(\\d+) .*", "$1"))
          .forEach(
              id ->
                  admin.send(
                      Request.cmd(io.vertx.redis.client.Command.CLIENT)
                          .arg("KILL")
                          .arg("ID")
                          .arg(id)));
    }
  }

  private List<CeleryEvent.TaskMeta> metas(String uuid) {
    return bridge.owner.only(CeleryEvent.TaskMeta.class).stream()
        .filter(meta -> meta.uuid().equals(uuid))
        .toList();
  }

  @Test
  void shouldRepairWhatABreakLeftWrongAndDoubtTheRest() {
    bridge.awaitForwarding();
    celery.startWorker("w1@alpha", "-c", "1");
    String finished = celery.send("orders.add", "[2, 3]");
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> bridge.owner.hasTask(finished, "task-succeeded"));
    String running = celery.send("orders.slow", "[60]");
    await().atMost(20, TimeUnit.SECONDS).until(() -> bridge.owner.hasTask(running, "task-started"));
    String queued = celery.send("orders.add", "[1, 1]", "{\"queue\": \"elsewhere\"}").get(0);
    bridge.owner.table =
        List.of(
            open(finished, TaskStates.STARTED),
            open(running, TaskStates.RECEIVED),
            open(queued, TaskStates.PENDING),
            open("nobody", TaskStates.STARTED));

    cutSubscription();

    await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(metas("nobody")).isNotEmpty());
    assertThat(metas("nobody"))
        .extracting(CeleryEvent.TaskMeta::suspect)
        .containsExactly("unknown");
    assertThat(metas(finished))
        .anyMatch(meta -> "SUCCESS".equals(meta.status()) && "5".equals(meta.result()));
    assertThat(metas(running))
        .anyMatch(
            meta ->
                meta.origin() == CeleryEvent.TaskMeta.Origin.INSPECT
                    && "orders.slow".equals(meta.name()));
    assertThat(metas(queued))
        .anyMatch(
            meta ->
                meta.origin() == CeleryEvent.TaskMeta.Origin.QUEUE_MESSAGE
                    && "orders.add".equals(meta.name())
                    && "elsewhere".equals(meta.queue()));
    assertThat(bridge.owner.only(CeleryEvent.Loss.class)).hasSize(1);
    assertThat(bridge.counter("apfa.events.repaired")).isPositive();
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                bridge.owner.only(CeleryEvent.WorkerEvent.class).stream()
                    .anyMatch(worker -> worker.poolSize() == 1));
  }

  /** Each round read every open task there was, which with a million of them took a whole core. */
  @Test
  void shouldReadOnlyWhatWasSilentWhenAMillionTasksAreOpen() {
    bridge.awaitForwarding();
    celery.startWorker("w1@alpha", "-c", "1");
    awaitWorker();
    List<Task> table = new ArrayList<>();
    table.add(open("silent", TaskStates.STARTED));
    for (int i = 0; i < 20_000; i++) {
      table.add(
          Task.builder("busy" + i)
              .state(TaskStates.STARTED)
              .timestampMillis(System.currentTimeMillis() + 3_600_000)
              .build());
    }
    bridge.owner.table = table;

    cutSubscription();

    await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(metas("silent")).isNotEmpty());
    // a turn: two pages of STARTED and one of each other state; all of STARTED are 21
    assertThat(bridge.owner.pages.get()).isLessThan(21);
  }

  /** More silent tasks than one round looks at: the ones behind them had no turn. */
  @Test
  void shouldComeToEverySilentTaskInTheEnd() {
    bridge.awaitForwarding();
    celery.startWorker("w1@alpha", "-c", "1");
    awaitWorker();
    List<Task> table = new ArrayList<>();
    for (int i = 0; i < 12_000; i++) {
      table.add(open("t" + i, TaskStates.STARTED));
    }
    bridge.owner.table = table;

    cutSubscription();

    for (String last : List.of("t0", "t11999")) {
      await()
          .atMost(60, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(metas(last)).isNotEmpty());
    }
    assertThat(metas("t11999")).extracting(CeleryEvent.TaskMeta::suspect).containsOnly("unknown");
  }

  private void awaitWorker() {
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> !bridge.owner.only(CeleryEvent.WorkerEvent.class).isEmpty());
  }

  @Test
  void shouldRefuseToRetryWithArgumentsThatWereCut() {
    bridge.awaitForwarding();
    bridge.owner.table =
        List.of(
            Task.builder("cut").name("orders.add").args("('long te...', 1)").kwargs("{}").build(),
            Task.builder("whole").name("orders.add").args("(20, 22)").kwargs("{}").build());

    Update.CommandUpdate refused =
        bridge.owner.command(bridge.runToEnd(new Command.Retry(List.of("cut"), null, null)));
    assertThat(refused.status()).isEqualTo(CommandStatus.FAILED);
    assertThat(refused.reason()).contains("not known in full");

    Update.CommandUpdate waiting =
        bridge.owner.command(bridge.runToEnd(new Command.Retry(List.of("whole"), null, null)));
    assertThat(waiting.reason()).isEqualTo("no-worker: it waits in queue celery");
    try (Publisher reader = new Publisher(redis)) {
      assertThat(
              reader
                  .send(Request.cmd(io.vertx.redis.client.Command.LLEN).arg("celery"))
                  .toInteger())
          .isEqualTo(1);
    }
  }
}
