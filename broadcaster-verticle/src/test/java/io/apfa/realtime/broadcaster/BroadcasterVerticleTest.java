package io.apfa.realtime.broadcaster;

import static io.apfa.realtime.broadcaster.StateStoreContract.get;
import static io.apfa.realtime.broadcaster.TestNode.SOURCE;
import static io.apfa.realtime.broadcaster.room.Events.HOST;
import static io.apfa.realtime.broadcaster.room.Events.NAME;
import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.life;
import static io.apfa.realtime.broadcaster.room.Events.received;
import static io.apfa.realtime.broadcaster.room.Events.started;
import static io.apfa.realtime.broadcaster.room.Events.succeeded;
import static io.apfa.realtime.broadcaster.room.Events.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.broadcaster.room.Events;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.protocol.bus.BusMessage.Publication;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BroadcasterVerticleTest {
  private TestNode node;

  @BeforeEach
  void start() {
    node = TestNode.start("n1", vertx -> new MemoryStateStore(new SystemClock())).awaitOwner();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void shouldAnnounceItselfAsOwnerAtOnce() {
    BusMessage.InterestReply reply = get(node.interest());

    Awaitility.await().atMost(2, TimeUnit.SECONDS).until(() -> node.announced() != null);
    assertThat(node.announced().token()).isEqualTo(reply.token());
    assertThat(node.announced().epoch()).isEqualTo(reply.epoch()).isNotEmpty();
    assertThat(reply.head()).isZero();
  }

  @Test
  void shouldPublishWhatItLoggedAndThenAcknowledge() {
    BusMessage.EventBatchReply reply = node.send(1, 1, life("a", T0));

    assertThat(reply.status()).isEqualTo(Status.DONE);
    assertThat(reply.position()).isEqualTo(new FeedPosition(1, 1, "h1"));
    Awaitility.await().until(() -> node.publications.size() == 1);
    Publication publication = node.publications.get(0);
    Batch batch = LogCodec.decode(publication.payload());
    assertThat(publication.from()).isEqualTo(1);
    assertThat(publication.offset()).isEqualTo(1);
    assertThat(batch.epoch()).isEqualTo(publication.epoch());
    assertThat(batch.conflated()).isTrue();
    Task task = ((Update.TaskUpdate) batch.updates().get(0)).task();
    assertThat(task.state()).isEqualTo(TaskStates.SUCCESS);
    assertThat(task.offset()).isEqualTo(1);
    StateStore.LogPage log = get(node.store().readLog(SOURCE, batch.epoch(), 1, 1_000_000));
    assertThat(log.batches().get(0).payload()).isEqualTo(publication.payload());
    assertThat(get(node.interest()).head()).isEqualTo(1);
  }

  @Test
  void shouldPublishNothingForAnEventThatChangesNothing() {
    node.send(1, 1, received("a", 0, T0));
    assertThat(node.send(1, 2, received("a", 0, T0)).status()).isEqualTo(Status.DONE);
    node.send(1, 3, started("a", T0 + 1));

    Awaitility.await().until(() -> node.publications.size() == 2);
    assertThat(node.publications).extracting(Publication::offset).containsExactly(1L, 2L);
  }

  @Test
  void shouldAnswerABatchWithinOneFlushInterval() {
    node.send(1, 1, received("a", 0, T0));
    long startNanos = System.nanoTime();
    node.send(1, 2, started("a", T0 + 1));
    long tookMillis = (System.nanoTime() - startNanos) / 1_000_000;

    assertThat(tookMillis).isLessThan(500);
  }

  @Test
  void shouldKeepTheLatestRowOfATaskInsideAFlush() {
    node.send(1, 1, received("a", 0, T0));
    node.offer(1, 2, List.of(started("a", T0 + 1)));
    node.send(1, 3, succeeded("a", T0 + 2));

    Awaitility.await().until(() -> node.publications.size() >= 2);
    assertThat(node.updates())
        .extracting(update -> ((Update.TaskUpdate) update).task().state())
        .containsExactly(TaskStates.RECEIVED, TaskStates.SUCCESS);
    assertThat(LogCodec.decode(node.publications.get(1).payload()).conflated()).isTrue();
  }

  @Test
  void shouldCutFlushesIntoFramesOfAtMostFiftyRows() {
    List<CeleryEvent> events = new ArrayList<>();
    for (int i = 0; i < 320; i++) {
      events.add(received("task-" + i, 0, T0 + i));
    }
    assertThat(node.send(1, 1, events).status()).isEqualTo(Status.DONE);

    Awaitility.await().until(() -> node.updates().size() == 320);
    long next = 1;
    for (Publication publication : node.publications) {
      Batch batch = LogCodec.decode(publication.payload());
      assertThat(batch.updates()).hasSizeLessThanOrEqualTo(50);
      assertThat(batch.from()).isEqualTo(next);
      assertThat(batch.updates()).hasSize((int) (batch.offset() - batch.from() + 1));
      next = batch.offset() + 1;
    }
    assertThat(next).isEqualTo(321);
  }

  @Test
  void shouldRefuseWhatIsNotABatchsTurn() {
    assertThat(node.send(5, 1, received("a", 0, T0)).status()).isEqualTo(Status.DONE);
    assertThat(node.send(5, 1, received("a", 0, T0)).status()).isEqualTo(Status.DONE);
    assertThat(node.send(5, 3, received("c", 0, T0)).status()).isEqualTo(Status.BUSY);
    assertThat(node.send(4, 9, received("d", 0, T0)).status()).isEqualTo(Status.FENCED);
    assertThat(node.task("c")).isNull();
    assertThat(node.task("d")).isNull();
  }

  @Test
  void shouldFenceABridgeByTheFirstWordOfTheNextAndKeepWhereItWas() {
    node.send(5, 1, received("a", 0, T0));
    BusMessage.EventBatchReply hello =
        get(
            node.ask(
                new BusMessage.EventBatch(SOURCE, new FeedPosition(6, 0, ""), List.of()),
                BusMessage.EventBatchReply.class));

    assertThat(hello.status()).isEqualTo(Status.DONE);
    assertThat(hello.position()).isEqualTo(new FeedPosition(6, 0, "h1"));
    assertThat(node.send(5, 2, started("a", T0 + 1)).status()).isEqualTo(Status.FENCED);
    assertThat(node.send(6, 1, started("a", T0 + 1)).status()).isEqualTo(Status.DONE);
  }

  @Test
  void shouldNotBeTheOwnerOfASourceItDoesNotKnow() {
    BusMessage.EventBatchReply reply =
        get(
            node.ask(
                new BusMessage.EventBatch("other", new FeedPosition(1, 1, ""), List.of()),
                BusMessage.EventBatchReply.class));
    assertThat(reply.status()).isEqualTo(Status.NOT_OWNER);
    assertThatThrownBy(
            () -> get(node.ask(new BusMessage.LatestQuery("other"), BusMessage.LatestValues.class)))
        .hasStackTraceContaining("is not its owner");
  }

  @Test
  void shouldAnswerPagesDetailsAndGroups() {
    List<CeleryEvent> events = new ArrayList<>(life("root", T0));
    events.add(received("child-1", "root", "root", T0 + 60));
    events.add(received("child-2", "root", "root", T0 + 61));
    events.add(succeeded("child-2", T0 + 62));
    node.send(1, 1, events);

    TaskQuery query = new TaskQuery(SOURCE, null, NAME, HOST, null, "CHILD", 10, null);
    BusMessage.Page page = get(node.ask(new BusMessage.Query(query), BusMessage.Page.class));
    assertThat(page.page().total()).isEqualTo(2);
    assertThat(page.page().tasks()).extracting(Task::uuid).containsExactly("child-2", "child-1");

    BusMessage.TaskDetail detail =
        get(node.ask(new BusMessage.TaskLookup(SOURCE, "root"), BusMessage.TaskDetail.class));
    assertThat(detail.children())
        .extracting(Task::uuid)
        .containsExactlyInAnyOrder("child-1", "child-2");
    assertThat(detail.timeline())
        .extracting(entry -> entry.type())
        .containsExactly("task-sent", "task-received", "task-started", "task-succeeded");

    BusMessage.GroupDetail group =
        get(node.ask(new BusMessage.GroupQuery(SOURCE, "root"), BusMessage.GroupDetail.class));
    assertThat(group.progress()).isEqualTo(new Update.BatchProgress("root", 3, 2, 0, 0, 200.0 / 3));
    assertThat(group.tasks()).hasSize(3);
    assertThat(node.updates())
        .filteredOn(update -> update.kind() == Update.Kind.BATCH_PROGRESS)
        .hasSize(1);
  }

  @Test
  void shouldRefuseACursorThatIsNone() {
    TaskQuery query = new TaskQuery(SOURCE, null, null, null, null, null, 10, "nonsense");
    assertThatThrownBy(() -> get(node.ask(new BusMessage.Query(query), BusMessage.Page.class)))
        .hasStackTraceContaining("expected: the next of a page before");
  }

  @Test
  void shouldSendWorkersAndQueuesAsLatestValuesOutsideTheSequence() {
    node.send(1, 1, worker("worker-online", HOST, T0), new CeleryEvent.QueueReading("q", 5, 1, T0));

    Awaitility.await().until(() -> !node.latest.isEmpty());
    BusMessage.LatestValues change = node.latest.get(0);
    assertThat(change.complete()).isFalse();
    assertThat(change.version()).isEqualTo(1);
    assertThat(change.updates()).hasSize(2);
    assertThat(node.publications).isEmpty();
    assertThat(get(node.interest()).head()).isZero();
    assertThat(get(node.interest()).latestVersion()).isEqualTo(1);

    BusMessage.LatestValues all =
        get(node.ask(new BusMessage.LatestQuery(SOURCE), BusMessage.LatestValues.class));
    assertThat(all.complete()).isTrue();
    Update.WorkerUpdate update = (Update.WorkerUpdate) all.updates().get(0);
    assertThat(update.worker().status()).isEqualTo(Worker.Status.ONLINE);
    assertThat(all.updates()).contains(new Update.QueueDepth("q", 5, 1));
  }

  @Test
  void shouldTurnAWorkerOfflineTwoIntervalsAfterItsLastHeartbeatAndSaySo() {
    CeleryEvent.WorkerEvent beat = worker("worker-heartbeat", HOST, T0);
    CeleryEvent.WorkerEvent quick =
        new CeleryEvent.WorkerEvent(
            beat.type(), HOST, 1, 1, T0, T0, 0.2, 0, 0, List.of(), null, null, null, -1);
    node.send(1, 1, quick);

    Awaitility.await()
        .atMost(3, TimeUnit.SECONDS)
        .until(
            () ->
                node.latest.stream()
                    .flatMap(values -> values.updates().stream())
                    .map(update -> ((Update.WorkerUpdate) update).worker().status())
                    .anyMatch(Worker.Status.OFFLINE::equals));
  }

  @Test
  void shouldLogCommandsAndGapsAsRowsAndRememberCommands() {
    Update.CommandUpdate accepted =
        new Update.CommandUpdate("c1", "m1", CommandStatus.ACCEPTED, null, "a");
    Update.CommandUpdate confirmed =
        new Update.CommandUpdate("c1", "m1", CommandStatus.CONFIRMED, "terminated", "a");
    Update.Gap gap = new Update.Gap(T0, T0 + 5, HOST, List.of("task-started"), 3, "reconnect");
    node.send(
        1,
        1,
        new CeleryEvent.CommandOutcome(accepted),
        new CeleryEvent.CommandOutcome(confirmed),
        new CeleryEvent.Loss(gap));

    Awaitility.await().until(() -> node.updates().size() == 3);
    assertThat(node.updates()).containsExactly(accepted, confirmed, gap);
    assertThat(
            get(node.ask(new BusMessage.CommandQuery(SOURCE, "c1"), BusMessage.CommandState.class))
                .update())
        .isEqualTo(confirmed);
    assertThat(
            get(node.ask(new BusMessage.CommandQuery(SOURCE, "c9"), BusMessage.CommandState.class))
                .update())
        .isNull();
  }

  @Test
  void shouldSendNothingToANodeThatIsNoLongerInterested() {
    get(
        node.ask(
            new BusMessage.Interest(SOURCE, node.bus().self(), false),
            BusMessage.InterestReply.class));
    node.send(1, 1, life("a", T0));
    node.interest();
    node.send(1, 2, life("b", T0));

    Awaitility.await().until(() -> !node.publications.isEmpty());
    assertThat(node.publications).extracting(Publication::from).containsExactly(2L);
  }

  @Test
  void shouldCountWhatCelerysExporterCounts() {
    node.send(1, 1, life("a", T0));
    node.send(1, 2, worker("worker-heartbeat", HOST, T0), Events.failed("b", T0));

    assertThat(counted("celery.task.sent", "name", NAME)).isEqualTo(1);
    assertThat(counted("celery.task.succeeded", "hostname", HOST)).isEqualTo(1);
    assertThat(counted("celery.task.failed", "name", "unknown")).isEqualTo(1);
    assertThat(counted("apfa.events.applied", "source", SOURCE)).isEqualTo(6);
    Awaitility.await().until(() -> gauge("celery.worker.up", "hostname", HOST) == 1);
    assertThat(gauge("apfa.owner", "source", SOURCE)).isEqualTo(1);
    assertThat(gauge("apfa.tasks", "source", SOURCE)).isEqualTo(2);
  }

  @Test
  void shouldMeasureHowLongDepthsAndHeartbeatsWereOnTheirWay() {
    node.send(1, 1, worker("worker-online", HOST, T0), new CeleryEvent.QueueReading("q", 5, 1, T0));

    Awaitility.await().until(() -> !node.latest.isEmpty());
    for (String hop : List.of("queue-depth", "worker-health")) {
      assertThat(node.metrics.get("apfa.hop").tag("hop", hop).timer().count()).isEqualTo(1);
      assertThat(node.metrics.get("apfa.hop").tag("hop", hop).timer().max(TimeUnit.SECONDS))
          .as("since T0, which is in the past")
          .isGreaterThan(1);
    }
    assertThat(node.metrics.get("apfa.hop").tag("hop", "bridge-owner").timer().count()).isZero();
  }

  private double counted(String name, String tag, String value) {
    return node.metrics.get(name).tag(tag, value).counter().count();
  }

  private double gauge(String name, String tag, String value) {
    return node.metrics.find(name).tag(tag, value).gauges().stream()
        .mapToDouble(gauge -> gauge.value())
        .sum();
  }
}
