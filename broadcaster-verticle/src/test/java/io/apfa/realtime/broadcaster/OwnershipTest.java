package io.apfa.realtime.broadcaster;

import static io.apfa.realtime.broadcaster.StateStoreContract.get;
import static io.apfa.realtime.broadcaster.TestNode.SOURCE;
import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.life;
import static io.apfa.realtime.broadcaster.room.Events.received;
import static io.apfa.realtime.broadcaster.room.Events.started;
import static io.apfa.realtime.broadcaster.room.Events.succeeded;
import static io.apfa.realtime.broadcaster.room.Events.worker;
import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.LogBound;
import io.apfa.realtime.runtime.store.RedisStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two owners and a real Redis: kills, pauses and restarts. */
class OwnershipTest {
  private final RedisServer redis = RedisServer.start();
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(TestNode::close);
    redis.close();
  }

  private StateStore store(Vertx vertx) {
    return RedisStateStore.open(
        vertx, redis.url(), "apfa:", LogBound.DEFAULT, Duration.ofMillis(800));
  }

  private TestNode node(String id) {
    return node(id, BroadcasterOptions.of(List.of(SOURCE)));
  }

  private TestNode node(String id, BroadcasterOptions options) {
    TestNode node = TestNode.start(id, this::store, options);
    nodes.add(node);
    return node;
  }

  /** Every logged update of the present epoch, checked to be dense from offset 1. */
  private static List<Update> log(TestNode node) {
    StateStore.Head head = get(node.store().head(SOURCE));
    List<Update> updates = new ArrayList<>();
    long next = 1;
    while (next <= head.offset()) {
      StateStore.LogPage page = get(node.store().readLog(SOURCE, head.epoch(), next, 1_000_000));
      assertThat(page.available()).isTrue();
      for (StateStore.LoggedBatch logged : page.batches()) {
        Batch batch = LogCodec.decode(logged.payload());
        assertThat(logged.from()).isEqualTo(next);
        assertThat(batch.updates()).hasSize((int) (logged.offset() - logged.from() + 1));
        updates.addAll(batch.updates());
        next = logged.offset() + 1;
      }
    }
    return updates;
  }

  /** Sends a batch until it is done, to whoever owns. */
  private static void sendUntilDone(
      TestNode owner, long lease, long number, List<CeleryEvent> events) {
    Awaitility.await("batch " + number)
        .atMost(15, TimeUnit.SECONDS)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> owner.send(lease, number, events).status() == Status.DONE);
  }

  @Test
  void shouldLetOneOwnAndTheOtherStandBy() {
    TestNode first = node("a").awaitOwner();
    TestNode second = node("b");

    assertThat(second.send(1, 1, life("x", T0)).status()).isEqualTo(Status.NOT_OWNER);
    assertThat(first.send(1, 1, life("x", T0)).status()).isEqualTo(Status.DONE);
    assertThat(second.owns()).isFalse();
  }

  @Test
  void shouldGoOnAtTheSameEpochAndOffsetWithin3SecondsWhenTheOwnerDies() {
    TestNode first = node("a").awaitOwner();
    TestNode second = node("b");
    List<CeleryEvent> many = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      many.addAll(life("task-" + i, T0 + i));
    }
    first.send(1, 1, many);
    first.send(1, 2, worker("worker-heartbeat", "w1@alpha", T0), received("last", 0, T0));
    BusMessage.InterestReply before = get(first.interest());

    first.freeze();
    long diedNanos = System.nanoTime();
    second.awaitOwner();
    long tookMillis = (System.nanoTime() - diedNanos) / 1_000_000;

    BusMessage.InterestReply after = get(second.interest());
    assertThat(tookMillis).isLessThan(3_000);
    assertThat(after.epoch()).isEqualTo(before.epoch());
    assertThat(after.head()).isEqualTo(before.head()).isEqualTo(2_001);
    assertThat(after.token()).isGreaterThan(before.token());
    assertThat(second.task("task-7").state()).isEqualTo(TaskStates.SUCCESS);
    EventBatchReply repeated = second.send(1, 2, received("last", 0, T0));
    assertThat(repeated.status()).isEqualTo(Status.DONE);
    assertThat(repeated.position()).isEqualTo(new FeedPosition(1, 2, "h2"));
    second.send(1, 3, started("last", T0 + 1));
    assertThat(get(second.interest()).head()).isEqualTo(2_002);
    assertThat(log(second)).hasSize(2_002);
  }

  @Test
  void shouldKeepUpWhileStandingByAndTakeOverWhatChangedAndWhatLeftSince() {
    RoomBounds bounds = RoomBounds.DEFAULT.withTable(1_000, 1L << 30);
    BroadcasterOptions options =
        new BroadcasterOptions(List.of(SOURCE), Duration.ofMillis(1500), bounds);
    TestNode first = node("a", options).awaitOwner();
    List<CeleryEvent> many = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      many.addAll(life("old-" + i, T0 + i));
    }
    first.send(1, 1, many);
    TestNode second = node("b", options);
    Awaitility.await("a copy on the standby")
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> second.metrics.get("apfa_standby_tasks").gauge().value() == 1_000);

    List<CeleryEvent> later = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      later.add(received("new-" + i, i == 0 ? null : "new-0", null, T0 + 5_000 + i));
    }
    later.add(new CeleryEvent.QueueReading("mail", 3, -1, T0));
    first.send(1, 2, later);
    List<Task> before = tasks(first);
    BusMessage.TaskDetail timeline = detail(first, "new-7");
    BusMessage.GroupDetail group = group(first);
    List<Update> values = latest(first);
    first.freeze();
    second.awaitOwner();

    assertThat(before).hasSize(1_000).anyMatch(task -> task.uuid().equals("new-299"));
    assertThat(tasks(second)).isEqualTo(before);
    assertThat(detail(second, "new-7")).isEqualTo(timeline);
    assertThat(group(second)).isEqualTo(group);
    assertThat(values).contains(new Update.QueueDepth("mail", 3, -1));
    assertThat(latest(second)).containsExactlyInAnyOrderElementsOf(values);
  }

  private static List<Update> latest(TestNode node) {
    return get(node.ask(new BusMessage.LatestQuery(SOURCE), BusMessage.LatestValues.class))
        .updates();
  }

  private static List<Task> tasks(TestNode node) {
    TaskQuery query = new TaskQuery(SOURCE, null, null, null, null, null, 1_000, null);
    return get(node.ask(new BusMessage.Query(query), BusMessage.Page.class)).page().tasks();
  }

  private static BusMessage.TaskDetail detail(TestNode node, String uuid) {
    return get(node.ask(new BusMessage.TaskLookup(SOURCE, uuid), BusMessage.TaskDetail.class));
  }

  private static BusMessage.GroupDetail group(TestNode node) {
    return get(node.ask(new BusMessage.GroupQuery(SOURCE, "new-0"), BusMessage.GroupDetail.class));
  }

  @Test
  void shouldFenceAPausedOwnerThatWakesAndLetItStepDown() {
    TestNode first = node("a").awaitOwner();
    TestNode second = node("b");
    first.send(1, 1, received("x", 0, T0));
    first.freeze();
    Future<EventBatchReply> late = first.offer(1, 2, List.of(started("x", T0 + 1)));
    second.awaitOwner();
    second.send(1, 2, started("x", T0 + 2));

    first.thaw();

    assertThat(get(late).status()).isNotEqualTo(Status.DONE);
    Awaitility.await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> first.send(1, 3, succeeded("x", T0 + 3)).status() == Status.NOT_OWNER);
    assertThat(first.owns()).isFalse();
    assertThat(second.owns()).isTrue();
    assertThat(second.task("x").startedMillis()).isEqualTo(T0 + 2);
    assertThat(log(second)).hasSize(2);
  }

  @Test
  void shouldHandTheSourceOverAtOnceWhenTheOwnerEndsInOrder() {
    TestNode first = node("a").awaitOwner();
    TestNode second = node("b");
    assertThat(first.send(1, 1, life("x", T0)).status()).isEqualTo(Status.DONE);

    long endNanos = System.nanoTime();
    first.undeploy();
    second.awaitOwner();

    assertThat((System.nanoTime() - endNanos) / 1_000_000).isLessThan(1_500);
    assertThat(second.task("x").state()).isEqualTo(TaskStates.SUCCESS);
  }

  @Test
  void shouldBringEverythingBackAfterARestartOfTheOwner() {
    TestNode first = node("a").awaitOwner();
    Update.CommandUpdate command =
        new Update.CommandUpdate("c1", null, CommandStatus.CONFIRMED, null, "x");
    first.send(
        1,
        1,
        received("x", "root", null, T0),
        received("root", 0, T0),
        worker("worker-heartbeat", "w1@alpha", T0),
        new CeleryEvent.QueueReading("mail", 3, -1, T0),
        new CeleryEvent.CommandOutcome(command));
    first.undeploy();

    TestNode second = node("b").awaitOwner();

    assertThat(second.task("x").state()).isEqualTo(TaskStates.RECEIVED);
    BusMessage.TaskDetail detail =
        get(second.ask(new BusMessage.TaskLookup(SOURCE, "x"), BusMessage.TaskDetail.class));
    assertThat(detail.timeline()).hasSize(1);
    BusMessage.GroupDetail group =
        get(second.ask(new BusMessage.GroupQuery(SOURCE, "root"), BusMessage.GroupDetail.class));
    assertThat(group.progress()).isEqualTo(new Update.BatchProgress("root", 2, 0, 0, 0, 0));
    BusMessage.LatestValues latest =
        get(second.ask(new BusMessage.LatestQuery(SOURCE), BusMessage.LatestValues.class));
    assertThat(latest.updates()).hasSize(2).contains(new Update.QueueDepth("mail", 3, -1));
    assertThat(
            get(second.ask(
                    new BusMessage.CommandQuery(SOURCE, "c1"), BusMessage.CommandState.class))
                .update())
        .isEqualTo(command);
  }

  @Test
  void shouldStopBeingTheOwnerByItselfWhileTheStoreIsPausedAndGoOnAfterwards() {
    TestNode owner = node("a").awaitOwner();
    owner.send(1, 1, received("x", 0, T0));
    String epoch = get(owner.interest()).epoch();

    redis.pause();
    Future<EventBatchReply> held = owner.offer(1, 2, List.of(started("x", T0 + 1)));
    Awaitility.await().atMost(4, TimeUnit.SECONDS).until(() -> !owner.owns());
    assertThat(owner.send(1, 3, succeeded("x", T0 + 2)).status()).isEqualTo(Status.BUSY);
    int published = owner.publications.size();
    redis.resume();

    owner.awaitOwner();
    assertThat(get(held).status()).isEqualTo(Status.DONE);
    sendUntilDone(owner, 1, 3, List.of(succeeded("x", T0 + 2)));
    assertThat(get(owner.interest()).epoch()).isEqualTo(epoch);
    assertThat(published).isEqualTo(1);
    assertThat(log(owner)).hasSize(3);
  }

  /**
   * Cut off from the store it still showed itself as the owner, beside the one that followed it.
   */
  @Test
  void shouldNotShowItselfAsTheOwnerWhileItsLeaseIsOut() {
    TestNode owner = node("a").awaitOwner();
    assertThat(owner.metrics.get("apfa.owner").gauge().value()).isEqualTo(1);

    redis.pause();
    Awaitility.await()
        .atMost(4, TimeUnit.SECONDS)
        .until(() -> owner.metrics.get("apfa.owner").gauge().value() == 0);
    redis.resume();

    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> owner.metrics.get("apfa.owner").gauge().value() == 1);
    assertThat(owner.metrics.get("apfa.owner.takeovers").counter().count())
        .as("it took nothing over from anyone")
        .isEqualTo(1);
  }

  @Test
  void shouldStartANewEpochFromItsMemoryWhenTheStoreComesBackEmpty() {
    TestNode owner = node("a").awaitOwner();
    owner.send(1, 1, life("x", T0));
    owner.send(1, 2, received("y", 0, T0));
    String epoch = get(owner.interest()).epoch();

    redis.kill();
    Future<EventBatchReply> held = owner.offer(1, 3, List.of(started("y", T0 + 1)));
    Awaitility.await().atMost(4, TimeUnit.SECONDS).until(() -> !owner.owns());
    redis.restart();

    owner.awaitOwner();
    assertThat(get(held).status()).isEqualTo(Status.DONE);
    BusMessage.InterestReply after = get(owner.interest());
    assertThat(after.epoch()).isNotEqualTo(epoch);
    assertThat(after.head()).isZero();
    assertThat(owner.task("x").state()).isEqualTo(TaskStates.SUCCESS);
    assertThat(owner.task("y").state()).isEqualTo(TaskStates.STARTED);
    assertThat(get(owner.store().head(SOURCE)).feed()).isEqualTo(new FeedPosition(1, 3, "h3"));
    owner.send(1, 4, succeeded("y", T0 + 2));
    assertThat(get(owner.interest()).head()).isEqualTo(1);
    assertThat(log(owner)).hasSize(1);

    TestNode second = node("b");
    owner.undeploy();
    second.awaitOwner();
    assertThat(second.task("x").state()).isEqualTo(TaskStates.SUCCESS);
    assertThat(get(second.interest()).head()).isEqualTo(1);
  }

  @Test
  void shouldForgetTheUnloggedEventsOfABridgeThatWasSuperseded() {
    TestNode owner = node("a").awaitOwner();
    Duration ttl = Duration.ofSeconds(30);
    long first = get(owner.store().acquireLease("bridge:celery", "b1", ttl)).token();
    owner.send(first, 1, received("x", 0, T0));
    get(owner.store().releaseLease("bridge:celery", first));
    long second = get(owner.store().acquireLease("bridge:celery", "b2", ttl)).token();
    FeedPosition stands = get(owner.store().head(SOURCE)).feed();

    assertThat(owner.send(first, 2, started("x", T0 + 1)).status()).isNotEqualTo(Status.DONE);
    owner.awaitOwner();

    assertThat(get(owner.store().head(SOURCE)).feed()).isEqualTo(stands);
    assertThat(owner.task("x").state()).isEqualTo(TaskStates.RECEIVED);
    assertThat(owner.send(second, 1, started("x", T0 + 1)).status()).isEqualTo(Status.DONE);
    assertThat(owner.send(first, 3, succeeded("x", T0 + 2)).status()).isEqualTo(Status.FENCED);
    assertThat(log(owner)).hasSize(2);
  }

  @Test
  void shouldLoseAndDoubleNothingWhileOwnersAreFrozenInTurn() {
    TestNode[] pair = {node("a").awaitOwner(), node("b")};
    int number = 0;
    for (int round = 0; round < 3; round++) {
      TestNode owner = pair[round % 2].awaitOwner();
      for (int i = 0; i < 20; i++) {
        number++;
        sendUntilDone(owner, 1, number, life("t-" + number, T0 + number));
      }
      owner.freeze();
      number++;
      sendUntilDone(
          pair[(round + 1) % 2].awaitOwner(), 1, number, life("t-" + number, T0 + number));
      owner.thaw();
    }
    TestNode last = pair[1].awaitOwner();
    assertThat(log(last))
        .hasSize(number)
        .extracting(update -> ((Update.TaskUpdate) update).task().uuid())
        .doesNotHaveDuplicates();
  }
}
