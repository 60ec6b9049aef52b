package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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

/** Every command on a real worker, with what the worker logged. */
class CommandsTest {
  private static final String HOST = "w1@alpha";
  private static RedisServer redis;
  private static CeleryApp celery;
  private static BridgeHarness bridge;
  private static CeleryApp.Worker worker;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    celery = new CeleryApp(redis.url(), redis.url()).with("ORDERS_EXTENDED", "1");
    bridge =
        BridgeHarness.start(
            redis.url(), Map.of("commands.deadline", "5s", "trigger.allow", "orders.*"));
    bridge.awaitForwarding();
    worker = celery.startWorker(HOST, "-c", "2");
    await().until(() -> !bridge.owner.only(CeleryEvent.WorkerEvent.class).isEmpty());
  }

  @AfterAll
  static void stop() {
    celery.close();
    bridge.close();
    redis.close();
  }

  private static Update.CommandUpdate confirmed(Command command) {
    Update.CommandUpdate update = bridge.owner.command(bridge.runToEnd(command));
    assertThat(update.status()).as("%s", update).isEqualTo(CommandStatus.CONFIRMED);
    return update;
  }

  private static Update.CommandUpdate failed(Command command) {
    Update.CommandUpdate update = bridge.owner.command(bridge.runToEnd(command));
    assertThat(update.status()).as("%s", update).isEqualTo(CommandStatus.FAILED);
    return update;
  }

  @Test
  void shouldPing() {
    assertThat(confirmed(new Command.Ping()).reason()).contains("workers answered");
  }

  @Test
  void shouldTriggerATaskThatRuns() {
    Update.CommandUpdate update =
        confirmed(new Command.Trigger("orders.add", "[2, 40]", "{}", null, -1, Double.NaN, -1));

    await().until(() -> bridge.owner.hasTask(update.taskId(), "task-succeeded"));
    assertThat(bridge.owner.tasks())
        .anyMatch(task -> task.uuid().equals(update.taskId()) && "42".equals(task.result()));
    awaitLog(worker, "Task orders.add[" + update.taskId() + "] succeeded");
  }

  @Test
  void shouldRefuseATriggerThatIsNotAllowedOrNotValid() {
    assertThatThrownBy(
            () ->
                bridge.command(
                    null, new Command.Trigger("os.system", "[]", "{}", null, -1, Double.NaN, -1)))
        .hasMessageContaining("trigger.allow");
    assertThatThrownBy(
            () ->
                bridge.command(
                    null, new Command.Trigger("orders.add", "{}", "{}", null, -1, Double.NaN, -1)))
        .hasMessageContaining("args");
  }

  @Test
  void shouldRetryWithTheRealArguments() {
    String uuid = celery.send("orders.add", "[20, 22]");
    await().until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));

    Update.CommandUpdate update = confirmed(new Command.Retry(List.of(uuid), null, null));

    assertThat(update.taskId()).isNotEqualTo(uuid);
    await().until(() -> bridge.owner.hasTask(update.taskId(), "task-succeeded"));
    assertThat(bridge.owner.tasks())
        .anyMatch(task -> task.uuid().equals(update.taskId()) && "42".equals(task.result()));
    awaitLog(worker, "Task orders.add[" + update.taskId() + "] succeeded");
  }

  @Test
  void shouldRefuseToRetryWhatItDoesNotKnow() {
    assertThat(failed(new Command.Retry(List.of("nobody"), null, null)).reason())
        .contains("name is not known");
  }

  @Test
  void shouldPauseAQueueAlsoForWorkersThatComeAndResumeIt() {
    confirmed(new Command.Queue(Command.Kind.PAUSE, "celery"));
    CeleryApp.Worker late = celery.startWorker("late@alpha", "-c", "1", "-P", "solo");
    awaitLog(worker, "Canceling queue celery");
    awaitLog(late, "Canceling queue celery");
    String waiting = celery.send("orders.add", "[1, 1]");
    await().atMost(10, TimeUnit.SECONDS).until(() -> depthOf("celery") == 1);
    assertThat(bridge.owner.hasTask(waiting, "task-received")).isFalse();

    confirmed(new Command.Queue(Command.Kind.RESUME, "celery"));

    awaitLog(worker, "Started consuming from celery");
    awaitLog(late, "Started consuming from celery");
    await()
        .atMost(15, TimeUnit.SECONDS)
        .until(() -> bridge.owner.hasTask(waiting, "task-succeeded"));
    confirmed(new Command.Shutdown("late@alpha"));
    await().atMost(20, TimeUnit.SECONDS).until(() -> !late.isAlive());
    assertThat(late.log()).contains("Got shutdown from remote");
  }

  @Test
  void shouldPurgeAQueueAndPeekAtIt() {
    for (int i = 0; i < 3; i++) {
      celery.send(
          "orders.add", "[" + i + ", 1]", "{\"queue\": \"idle\", \"priority\": " + 3 * i + "}");
    }
    await().atMost(10, TimeUnit.SECONDS).until(() -> depthOf("idle") == 3);
    assertThat(bridge.query(BridgeQuery.What.QUEUE_MESSAGES, "idle", 10))
        .contains("\"args\":\"[0, 1]\"")
        .contains("\"name\":\"orders.add\"");

    assertThat(confirmed(new Command.Queue(Command.Kind.PURGE, "idle")).reason())
        .isEqualTo("3 messages removed");

    await().atMost(10, TimeUnit.SECONDS).until(() -> depthOf("idle") == 0);
  }

  private static long depthOf(String queue) {
    long depth = -1;
    for (CeleryEvent.QueueReading reading : bridge.owner.only(CeleryEvent.QueueReading.class)) {
      depth = reading.queue().equals(queue) ? reading.depth() : depth;
    }
    return depth;
  }

  @Test
  void shouldChangeAWorkersPoolAndLimits() {
    assertThat(confirmed(new Command.Pool(HOST, 1)).reason()).isEqualTo(HOST + ": pool will grow");
    assertThat(confirmed(new Command.Pool(HOST, -1)).reason())
        .isEqualTo(HOST + ": pool will shrink");
    confirmed(new Command.RateLimit(HOST, "orders.add", "100/s"));
    confirmed(new Command.TimeLimit(HOST, "orders.slow", 50, 60));
    assertThat(confirmed(new Command.EnableEvents(HOST)).reason())
        .isEqualTo(HOST + ": task events already enabled");
    awaitLog(worker, "New rate limit for tasks of type orders.add: 100/s");
    awaitLog(worker, "New time limits for tasks of type orders.slow");
  }

  @Test
  void shouldEnableTheEventsOfAWorkerThatSentNone() {
    CeleryApp.Worker quiet = celery.startQuietWorker("quiet@alpha", "-P", "solo", "-Q", "quiet");
    String unseen = celery.send("orders.add", "[1, 1]", "{\"queue\": \"quiet\"}").get(0);
    awaitLog(quiet, "orders.add[" + unseen + "] succeeded");

    assertThat(confirmed(new Command.EnableEvents("quiet@alpha")).reason())
        .isEqualTo("quiet@alpha: task events enabled");

    awaitLog(quiet, "Events of group {task} enabled by remote.");
    String seen = celery.send("orders.add", "[2, 2]", "{\"queue\": \"quiet\"}").get(0);
    await().atMost(10, TimeUnit.SECONDS).until(() -> bridge.owner.hasTask(seen, "task-succeeded"));
    assertThat(bridge.owner.hasTask(unseen, "task-started")).isFalse();
    confirmed(new Command.Shutdown("quiet@alpha"));
  }

  @Test
  void shouldFailACommandThatItsWorkerDoesNotAnswerInTime() {
    CeleryApp.Worker mute = celery.startWorker("mute@alpha", "-P", "solo", "-Q", "mute");
    await()
        .until(
            () ->
                bridge.owner.only(CeleryEvent.WorkerEvent.class).stream()
                    .anyMatch(event -> event.hostname().equals("mute@alpha")));
    mute.pause();

    assertThat(failed(new Command.RateLimit("mute@alpha", "orders.add", "1/s")).reason())
        .isEqualTo("no-answer");
    mute.kill();
  }

  @Test
  void shouldAutoscaleAWorker() {
    CeleryApp.Worker scaled =
        celery.startWorker("scaled@alpha", "--autoscale", "2,1", "-Q", "scaled");

    assertThat(confirmed(new Command.Autoscale("scaled@alpha", 1, 3)).reason())
        .contains("autoscale now max=3 min=1");
    confirmed(new Command.Shutdown("scaled@alpha"));
    await().atMost(20, TimeUnit.SECONDS).until(() -> !scaled.isAlive());
  }

  private static void awaitLog(CeleryApp.Worker worker, String text) {
    await(text).atMost(10, TimeUnit.SECONDS).until(() -> worker.log().contains(text));
  }

  @Test
  void shouldTellWhyAWorkerRefused() {
    assertThat(failed(new Command.RateLimit(HOST, "no.such.task", "1/s")).reason())
        .contains(HOST)
        .contains("unknown task");
    assertThat(failed(new Command.Pool("nobody@nowhere", 1)).reason()).isEqualTo("no-worker");
  }

  @Test
  void shouldTellALateWorkerWhatWasRevoked() {
    confirmed(new Command.Revoke(List.of("late-task"), false, "SIGTERM"));

    CeleryApp.Worker late =
        celery.startWorker("late2@alpha", "-c", "1", "-P", "solo", "--without-mingle");

    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> late.log().contains("Tasks flagged as revoked: late-task"));
    confirmed(new Command.Shutdown("late2@alpha"));
  }

  @Test
  void shouldAnswerWithTheResultAndTheAuditWithoutSecrets() {
    String uuid =
        celery
            .send("orders.login", "[\"eve\"]", "{\"kwargs\": {\"password\": \"hunter2\"}}")
            .get(0);
    await().until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));

    assertThat(bridge.query(BridgeQuery.What.RESULT, uuid, 1))
        .contains("\"status\":\"SUCCESS\"")
        .contains("eve")
        .doesNotContain("hunter2")
        .doesNotContain("t0p-s3cret");
    assertThat(bridge.query(BridgeQuery.What.DOCTOR, "", 1)).contains(HOST);
    assertThat(bridge.query(BridgeQuery.What.AUDIT, "", 50)).startsWith("{\"audit\":[");
    assertThat(bridge.owner.tasks())
        .filteredOn(t -> t.uuid().equals(uuid))
        .isNotEmpty()
        .allSatisfy(
            task -> {
              assertThat(String.valueOf(task.kwargs())).doesNotContain("hunter2");
              assertThat(String.valueOf(task.result())).doesNotContain("t0p-s3cret");
            });
  }
}
