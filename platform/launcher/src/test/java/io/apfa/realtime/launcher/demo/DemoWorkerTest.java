package io.apfa.realtime.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DemoWorkerTest {
  private static final KombuNames NAMES = new KombuNames(3);
  private static final int SLOTS = 2;

  private final List<RedisCommand> out = new ArrayList<>();
  private final DemoWorker worker =
      new DemoWorker(NAMES, "demo@test", 700, Set.of("celery"), SLOTS, new Random(1));
  private long now = 1_795_555_000_000L;

  @Test
  void shouldTellTheLifeOfATaskThatSucceeds() {
    receive(task("a", TaskKind.ADD, "[2,3]"));

    pass(1_000);

    assertThat(WireEvents.typesOf("a", out))
        .containsExactly("task-received", "task-started", "task-succeeded");
    JsonObject succeeded = last("task-succeeded");
    assertThat(succeeded.getString("result")).isEqualTo("5");
    assertThat(succeeded.getDouble("runtime")).isBetween(0.05, 0.35);
    assertThat(succeeded.getString("hostname")).isEqualTo("demo@test");
    assertThat(meta("a").getString("status")).isEqualTo("SUCCESS");
    assertThat(meta("a").getInteger("result")).isEqualTo(5);
    assertThat(meta("a").getString("date_done")).startsWith("2026-");
  }

  @Test
  void shouldTellAFailureWithItsTraceback() {
    receive(task("a", TaskKind.FAIL, "[17]"));

    pass(1_000);

    JsonObject failed = last("task-failed");
    assertThat(failed.getString("exception"))
        .isEqualTo("OutOfStock('order 17: nothing left in the warehouse')");
    assertThat(failed.getString("traceback"))
        .startsWith("Traceback (most recent call last):\n")
        .contains("OutOfStock: order 17");
    assertThat(meta("a").getJsonObject("result").getString("exc_type")).isEqualTo("OutOfStock");
  }

  @Test
  void shouldFailATaskWhoseArgumentsDoNotFit() {
    receive(task("a", TaskKind.ADD, "[1,\"three\"]"));

    pass(1_000);

    assertThat(last("task-failed").getString("exception")).startsWith("TypeError(");
  }

  @Test
  void shouldRetryTwiceUnderTheSameUuidAndThenSucceed() {
    receive(task("a", TaskKind.FLAKY, "[17]"));

    for (int i = 0; i < 10; i++) {
      pass(500);
      pushed().forEach(this::receive);
    }

    assertThat(WireEvents.typesOf("a", out).stream().filter(t -> !t.equals("task-sent")))
        .containsExactly(
            "task-received",
            "task-started",
            "task-retried",
            "task-received",
            "task-started",
            "task-retried",
            "task-received",
            "task-started",
            "task-succeeded");
    assertThat(last("task-received").getInteger("retries")).isEqualTo(2);
    assertThat(last("task-received").getString("parent_id")).isEqualTo("a");
    assertThat(last("task-received").getString("eta")).endsWith("+00:00");
    assertThat(last("task-succeeded").getString("result"))
        .isEqualTo("'order 17 paid at attempt 3'");
  }

  @Test
  void shouldReportProgressInSingleEventsAndInTheResultBackend() {
    receive(task("a", TaskKind.IMPORT_FILE, "[\"f\",5000]"));

    pass(3_100);

    JsonObject progress = last("task-progress");
    assertThat(progress.getLong("current")).isEqualTo(2_500);
    assertThat(progress.getLong("total")).isEqualTo(5_000);
    assertThat(meta("a").getString("status")).isEqualTo("PROGRESS");
    assertThat(channels()).contains("/3.celeryev/task.progress", "/3.celeryev/task.multi");

    pass(3_000);

    assertThat(WireEvents.typesOf("a", out)).filteredOn("task-progress"::equals).hasSize(10);
    assertThat(WireEvents.typesOf("a", out)).endsWith("task-succeeded");
  }

  @Test
  void shouldNotStartARevokedTask() {
    receive(task("a", TaskKind.LONG, "[5]").at(now + 2_000));
    assertThat(worker.scheduled()).hasSize(1);

    assertThat(worker.revoke("a", true, now, out)).isFalse();
    pass(2_500);

    assertThat(WireEvents.typesOf("a", out)).containsExactly("task-received", "task-revoked");
    assertThat(last("task-revoked").getBoolean("terminated")).isFalse();
    assertThat(last("task-revoked").getValue("signum")).isNull();
  }

  @Test
  void shouldRefuseATaskThatWasRevokedBeforeItCame() {
    worker.revoke("a", false, now, out);

    receive(task("a", TaskKind.ADD, "[1,1]"));

    assertThat(WireEvents.typesOf("a", out)).containsExactly("task-revoked");
  }

  @Test
  void shouldEndARunningTaskOnTerminate() {
    receive(task("a", TaskKind.LONG, "[60]"));
    pass(100);

    assertThat(worker.revoke("a", true, now, out)).isTrue();
    pass(60_000);

    assertThat(WireEvents.typesOf("a", out))
        .containsExactly("task-received", "task-started", "task-revoked");
    assertThat(last("task-revoked").getInteger("signum")).isEqualTo(15);
    assertThat(meta("a").getString("status")).isEqualTo("REVOKED");
  }

  @Test
  void shouldLetARunningTaskEndWhenItIsRevokedWithoutTerminate() {
    receive(task("a", TaskKind.LONG, "[1]"));
    pass(100);

    assertThat(worker.revoke("a", false, now, out)).isFalse();
    pass(2_000);

    assertThat(WireEvents.typesOf("a", out)).endsWith("task-succeeded");
  }

  @Test
  void shouldFailAnUnknownTaskWithoutReceivingIt() {
    receive(DemoTask.of("a", "shop.unknown", "celery", "[]"));

    assertThat(WireEvents.typesOf("a", out)).containsExactly("task-failed");
    assertThat(last("task-failed").getString("exception"))
        .isEqualTo("NotRegistered('shop.unknown')");
    assertThat(last("task-failed").containsKey("traceback")).isFalse();
  }

  @Test
  void shouldPublishTheNextTaskOfAChainAsAChild() {
    List<String> rest =
        List.of(
            DemoTask.signature("c", "orders.add", "[100]"),
            DemoTask.signature("b", "orders.add", "[10]"));
    receive(task("a", TaskKind.ADD, "[1,2]").followedBy(rest));

    for (int i = 0; i < 4; i++) {
      pass(500);
      pushed().forEach(this::receive);
    }

    assertThat(meta("b").getInteger("result")).isEqualTo(13);
    assertThat(meta("b").getString("parent_id")).isEqualTo("a");
    assertThat(meta("c").getInteger("result")).isEqualTo(113);
    assertThat(meta("c").getString("parent_id")).isEqualTo("b");
    assertThat(last("task-received").getString("root_id")).isEqualTo("a");
  }

  @Test
  void shouldRunNoMoreTasksThanItHasSlotsAndAskForNoMore() {
    for (int i = 0; i < 2 * SLOTS; i++) {
      receive(task("t" + i, TaskKind.LONG, "[10]"));
      pass(10);
    }

    assertThat(worker.running()).hasSize(SLOTS);
    assertThat(worker.wanted()).isZero();

    pass(11_000);
    assertThat(worker.wanted()).isEqualTo(SLOTS);
  }

  @Test
  void shouldBeatEveryTwoSeconds() {
    pass(10_000);

    List<JsonObject> beats =
        WireEvents.of(out).stream()
            .filter(event -> event.getString("type").equals("worker-heartbeat"))
            .toList();
    assertThat(beats).hasSizeBetween(5, 6);
    assertThat(beats.get(0).getDouble("freq")).isEqualTo(2.0);
  }

  @Test
  void shouldStampEventsWithAClockThatOnlyGrows() {
    for (int i = 0; i < 5; i++) {
      receive(task("t" + i, TaskKind.ADD, "[1]"));
      pass(500);
    }

    assertThat(
            WireEvents.of(out).stream()
                .filter(event -> event.getInteger("pid") == 700)
                .map(event -> event.getLong("clock")))
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldReadTheMessageItWrites() {
    DemoTask task = task("a", TaskKind.ADD, "[1,\"grün\"]").inGroup("g").at(now);

    assertThat(DemoTask.decode("celery", task.encode("gen1@test", "tag"))).isEqualTo(task);
  }

  private static DemoTask task(String id, TaskKind kind, String args) {
    return DemoTask.of(id, kind.taskName(), "celery", args);
  }

  private void receive(DemoTask task) {
    worker.receive(task, now, out);
  }

  /** Ticks every 20 ms until {@code millis} have passed. */
  private void pass(int millis) {
    for (long end = now + millis; now < end; now += 20) {
      worker.tick(now, out);
    }
  }

  /** What was pushed on the queue since the last call. */
  private List<DemoTask> pushed() {
    List<DemoTask> tasks =
        out.stream()
            .filter(command -> command.name().equals("LPUSH"))
            .map(command -> DemoTask.decode("celery", command.words().get(2)))
            .toList();
    out.removeIf(command -> command.name().equals("LPUSH"));
    return tasks;
  }

  private List<String> channels() {
    return out.stream()
        .filter(command -> command.name().equals("PUBLISH"))
        .map(command -> command.words().get(1))
        .toList();
  }

  private JsonObject last(String type) {
    return WireEvents.of(out).stream()
        .filter(event -> event.getString("type").equals(type))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private JsonObject meta(String id) {
    return out.stream()
        .filter(command -> command.name().equals("SETEX"))
        .filter(command -> command.words().get(1).equals("celery-task-meta-" + id))
        .map(command -> new JsonObject(command.words().get(3)))
        .reduce((first, second) -> second)
        .orElseThrow();
  }
}
