package io.apfa.realtime.broadcaster.room;

import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.life;
import static io.apfa.realtime.broadcaster.room.Events.received;
import static io.apfa.realtime.broadcaster.room.Events.started;
import static io.apfa.realtime.broadcaster.room.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SourceRoomTest {
  private final SourceRoom room = RoomFixture.room();

  private static RoomBounds tasks(int max) {
    return RoomBounds.DEFAULT.withTable(max, Long.MAX_VALUE);
  }

  @Test
  void shouldShowQueriesOnlyWhatIsLogged() {
    RoomFixture.flush(room, received("a", 0, T0));
    RoomFixture.offer(room, started("a", T0 + 1), received("b", 0, T0));
    Flush flush = room.close(T0, 50);

    assertThat(RoomFixture.task(room, "a").state()).isEqualTo("RECEIVED");
    assertThat(RoomFixture.task(room, "b")).isNull();
    assertThat(room.position().offset()).isEqualTo(1);
    flush.encode("celery", 1);
    room.onLogged(flush);
    assertThat(RoomFixture.task(room, "a").state()).isEqualTo("STARTED");
    assertThat(RoomFixture.task(room, "a").offset()).isEqualTo(2);
    assertThat(RoomFixture.task(room, "b").offset()).isEqualTo(3);
  }

  @Test
  void shouldConflateWhatIsMergedWhileAFlushIsInTheAir() {
    RoomFixture.offer(room, received("a", 0, T0));
    Flush first = room.close(T0, 50);
    RoomFixture.offer(room, started("a", T0 + 1));
    RoomFixture.offer(room, succeeded("a", T0 + 2));
    first.encode("celery", 1);
    room.onLogged(first);

    assertThat(RoomFixture.task(room, "a").state()).isEqualTo("RECEIVED");
    List<Update> second = RoomFixture.flush(room);
    assertThat(second).hasSize(1);
    assertThat(((Update.TaskUpdate) second.get(0)).task().state()).isEqualTo("SUCCESS");
    assertThat(room.conflated()).isEqualTo(1);
    assertThat(room.storedFeed()).isEqualTo(new FeedPosition(1, 3, "h3"));
  }

  @Test
  void shouldKeepTheFeedPositionBackUntilEverythingBeforeItIsLogged() {
    SourceRoom small = RoomFixture.room(new RoomBounds(1000, 1L << 40, 10, 10, 10, 3, 100));
    List<CeleryEvent> events = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      events.add(received("t" + i, 0, T0));
    }
    RoomFixture.offer(small, events);

    List<Long> feeds = new ArrayList<>();
    while (small.hasWork()) {
      Flush flush = small.close(T0, 50);
      flush.encode("celery", 1);
      small.onLogged(flush);
      feeds.add(flush.feed().batchNumber());
    }
    assertThat(feeds).containsExactly(0L, 0L, 1L);
  }

  @Test
  void shouldNotMergeTwiceWhatABridgeForwardsAgainThatTookOver() {
    RoomFixture.flush(room, received("a", 0, T0));
    RoomFixture.offer(room, started("a", T0 + 1));
    Flush inTheAir = room.close(T0, 50);
    // the new bridge read the feed position before the append, and begins with that event again
    FeedPosition takenOver = new FeedPosition(2, 1, "h2");

    assertThat(room.offer(takenOver, List.of(started("a", T0 + 1)), 0))
        .isEqualTo(SourceRoom.Offer.BUSY);

    inTheAir.encode("celery", 1);
    room.onLogged(inTheAir);
    assertThat(room.offer(takenOver, List.of(succeeded("a", T0 + 2)), 0))
        .isEqualTo(SourceRoom.Offer.WAIT);
    RoomFixture.flush(room);
    assertThat(room.storedTaskEvents()).isEqualTo(3);
  }

  @Test
  void shouldCountATaskEventOnceAcrossOwners() {
    RoomFixture.flush(room, received("a", 0, T0), started("a", T0 + 1));
    RoomFixture.offer(room, succeeded("a", T0 + 2));
    RoomBuilder builder = new RoomBuilder(RoomBounds.DEFAULT);
    Flush flush = room.close(T0, 50);
    flush.encode("celery", 1).entries().forEach(builder::add);

    SourceRoom next = builder.build("e1", flush.offset(), flush.feed(), 0);

    assertThat(room.storedTaskEvents()).isEqualTo(2);
    assertThat(next.storedTaskEvents()).isEqualTo(3);
    RoomFixture.offer(room, received("b", 0, T0));
    assertThat(RoomBuilder.from(room).build("e2", 0, room.mergedFeed(), 0).storedTaskEvents())
        .isEqualTo(4);
  }

  @Test
  void shouldKeepTheEndOfACommandWhenItIsToldAgain() {
    Update.CommandUpdate confirmed =
        new Update.CommandUpdate("c1", null, CommandStatus.CONFIRMED, "w1: ok", null);
    RoomFixture.flush(room, new CeleryEvent.CommandOutcome(confirmed));

    RoomFixture.flush(
        room,
        new CeleryEvent.CommandOutcome(
            new Update.CommandUpdate("c1", null, CommandStatus.FAILED, "outcome-unknown", null)));

    assertThat(room.command("c1").update()).isEqualTo(confirmed);
  }

  @Test
  void shouldAskBridgesToWaitWhenTooMuchIsPending() {
    SourceRoom small = RoomFixture.room(new RoomBounds(1000, 1L << 40, 10, 10, 10, 3, 5));
    List<CeleryEvent> events = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      events.add(received("t" + i, 0, T0));
    }
    RoomFixture.offer(small, events);

    assertThat(small.offer(new FeedPosition(1, 2, ""), List.of(), 0))
        .isEqualTo(SourceRoom.Offer.BUSY);
    RoomFixture.flush(small);
    assertThat(small.offer(new FeedPosition(1, 2, ""), List.of(), 0))
        .isEqualTo(SourceRoom.Offer.WAIT);
  }

  @Test
  void shouldLetTheLeastRecentlyUpdatedEndedTasksLeaveFirstAndDeleteTheirEntries() {
    SourceRoom small = RoomFixture.room(tasks(3));
    RoomFixture.flush(small, received("running", 0, T0));
    RoomFixture.flush(small, received("old", 0, T0), succeeded("old", T0 + 1));
    RoomFixture.flush(small, received("new", 0, T0), succeeded("new", T0 + 1));
    RoomFixture.flush(small, Events.failed("old", T0 + 2));
    RoomFixture.offer(small, received("one more", 0, T0 + 3));
    Flush flush = small.close(T0, 50);
    StateStore.Append append = flush.encode("celery", 1);
    small.onLogged(flush);

    assertThat(append.entries()).contains(new StateStore.Entry("t/new", null));
    assertThat(RoomFixture.all(small))
        .extracting(Task::uuid)
        .containsExactly("one more", "old", "running");
  }

  @Test
  void shouldStayBoundedWhenNothingEverEnds() {
    SourceRoom small = RoomFixture.room(tasks(100));
    for (int i = 0; i < 1_000; i++) {
      RoomFixture.flush(small, received("t" + i, 0, T0 + i));
    }
    assertThat(small.taskCount()).isEqualTo(100);
    assertThat(RoomFixture.task(small, "t999")).isNotNull();
    assertThat(RoomFixture.task(small, "t5")).isNull();
  }

  @Test
  void shouldStayWithinItsBytes() {
    SourceRoom small = RoomFixture.room(RoomBounds.DEFAULT.withTable(1_000_000, 20_000));
    for (int i = 0; i < 500; i++) {
      RoomFixture.offer(small, life("t" + i, T0 + i));
      RoomFixture.flush(small);
    }
    assertThat(small.table.storedBytes()).isBetween(15_000L, 21_000L);
    assertThat(small.taskCount()).isLessThan(200);
  }

  @Test
  void shouldPageThroughEverythingOnceWhileTasksMove() {
    for (int i = 0; i < 95; i++) {
      RoomFixture.flush(room, received("t" + i, 0, T0 + i));
    }
    Set<String> seen = new HashSet<>();
    String cursor = null;
    StreamPosition first = null;
    int moved = 0;
    do {
      TaskPage page = room.queries().page(RoomFixture.query(10, cursor));
      first = first == null ? page.position() : first;
      assertThat(page.position()).isEqualTo(first);
      assertThat(page.total()).isEqualTo(95);
      for (Task task : page.tasks()) {
        assertThat(seen.add(task.uuid())).isTrue();
      }
      // a task not shown yet moves to the front: whoever pages hears of it from the stream
      RoomFixture.flush(room, started("t" + moved++, T0 + 1_000));
      cursor = page.next();
    } while (cursor != null);

    Set<String> fromStream = new HashSet<>();
    for (Task task : RoomFixture.all(room)) {
      if (task.offset() > first.offset()) {
        fromStream.add(task.uuid());
      }
    }
    seen.addAll(fromStream);
    assertThat(seen).hasSize(95);
  }

  @Test
  void shouldPageFromWhatWasNotHeardOfForLongest() {
    for (int i = 0; i < 30; i++) {
      RoomFixture.flush(room, received("t" + i, 0, T0 + i));
    }
    Set<String> seen = new LinkedHashSet<>(); // a row that moved comes again, behind all others
    String cursor = null;
    do {
      TaskPage page =
          room.queries().page(RoomFixture.query(7, cursor).inOrder(TaskQuery.Order.OLDEST_FIRST));
      page.tasks().forEach(task -> seen.add(task.uuid()));
      assertThat(page.total()).isEqualTo(30);
      cursor = page.next();
      Task goneOnAt = page.tasks().get(page.tasks().size() - 1);
      RoomFixture.flush(room, started(goneOnAt.uuid(), T0 + 100));
    } while (cursor != null && seen.size() < 30);
    assertThat(seen)
        .containsExactlyElementsOf(IntStream.range(0, 30).mapToObj(i -> "t" + i).toList());
  }

  @Test
  void shouldFilterByStateNameWorkerQueueAndText() {
    for (int i = 0; i < 30; i++) {
      RoomFixture.offer(room, life("done" + i, T0 + i));
      RoomFixture.flush(room, received("open" + i, 0, T0 + i));
    }
    TaskQuery done = new TaskQuery("celery", "SUCCESS", null, null, null, null, 5, null);
    assertThat(room.queries().page(done).total()).isEqualTo(30);
    assertThat(room.queries().page(done).tasks())
        .hasSize(5)
        .allMatch(task -> task.state().equals("SUCCESS"));
    TaskQuery both =
        new TaskQuery("celery", "SUCCESS", Events.NAME, Events.HOST, "celery", null, 1000, null);
    assertThat(room.queries().page(both).total()).isEqualTo(30);
    TaskQuery none = new TaskQuery("celery", "SUCCESS", "no", null, null, null, 5, null);
    assertThat(room.queries().page(none).total()).isZero();
    TaskQuery text = new TaskQuery("celery", null, null, null, null, "OPEN2", 5, null);
    TaskPage found = room.queries().search(text).get();
    assertThat(found.total()).isEqualTo(11);
    assertThat(found.tasks()).hasSize(5);
    TaskQuery next = new TaskQuery("celery", null, null, null, null, "OPEN2", 50, found.next());
    assertThat(room.queries().search(next).get().tasks()).hasSize(6);
    assertThat(room.queries().countsByState()).containsEntry("SUCCESS", 30).hasSize(2);
  }

  @Test
  void shouldRefuseACursorOfAnotherEpoch() {
    for (int i = 0; i < 3; i++) {
      RoomFixture.flush(room, received("t" + i, 0, T0));
    }
    String cursor = room.queries().page(RoomFixture.query(1, null)).next();
    SourceRoom next = RoomBuilder.from(room).build("e2", 0, FeedPosition.NONE, 0);
    assertThatThrownBy(() -> next.queries().page(RoomFixture.query(1, cursor)))
        .hasMessageContaining("expected: one of the present epoch");
  }

  @Test
  void shouldTellAGroupsProgressOncePerFlush() {
    List<CeleryEvent> events = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      events.add(Events.grouped("m" + i, "g"));
    }
    RoomFixture.offer(room, events);
    List<Update> updates =
        RoomFixture.flush(
            room,
            started("m0", T0),
            succeeded("m1", T0),
            Events.failed("m2", T0),
            received("m3", 0, T0));

    assertThat(updates)
        .filteredOn(update -> update.kind() == Update.Kind.BATCH_PROGRESS)
        .containsExactly(new Update.BatchProgress("g", 4, 2, 1, 1, 50));
    assertThat(room.queries().group("g").tasks()).hasSize(4);
    assertThat(RoomFixture.flush(room, Events.progress("m0", "{}", T0)))
        .noneMatch(update -> update.kind() == Update.Kind.BATCH_PROGRESS);
  }

  @Test
  void shouldMakeACanvasAGroupFromItsSecondTaskOn() {
    assertThat(RoomFixture.flush(room, received("root", 0, T0))).hasSize(1);
    assertThat(RoomFixture.flush(room, received("child", "root", "root", T0)))
        .contains(new Update.BatchProgress("root", 2, 0, 0, 0, 0));
    assertThat(RoomFixture.flush(room, succeeded("root", T0 + 1)))
        .contains(new Update.BatchProgress("root", 2, 1, 0, 0, 50));
    assertThat(room.queries().task("root").children()).hasSize(1);
    assertThat(room.queries().group("nothing").progress()).isNull();
  }

  @Test
  void shouldCountMembersThatLeftTheTableUntilTheLastLeaves() {
    SourceRoom small = RoomFixture.room(tasks(2));
    for (int i = 0; i < 5; i++) {
      RoomFixture.flush(small, received("m" + i, "root", null, T0 + i));
      RoomFixture.flush(small, succeeded("m" + i, T0 + i));
    }
    assertThat(small.queries().group("root").progress())
        .isEqualTo(new Update.BatchProgress("root", 5, 5, 0, 0, 100));

    RoomFixture.offer(small, life("x", T0));
    RoomFixture.flush(small);
    RoomFixture.offer(small, life("y", T0));
    RoomFixture.flush(small);
    assertThat(small.groups.size()).isZero();
  }

  @Test
  void shouldComeBackFromItsEntriesAsItWas() {
    SourceRoom small = RoomFixture.room(tasks(4));
    for (int i = 0; i < 6; i++) {
      RoomFixture.flush(small, received("m" + i, "root", null, T0 + i));
      RoomFixture.flush(small, succeeded("m" + i, T0 + i));
    }
    RoomFixture.flush(small, Events.worker("worker-heartbeat", "w1@alpha", T0));
    RoomBuilder builder = new RoomBuilder(tasks(4));
    RoomBuilder.allEntries(small).forEach(builder::add);
    SourceRoom loaded =
        builder.build(small.epoch(), small.position().offset(), small.storedFeed(), 0);

    assertThat(loaded.position()).isEqualTo(small.position());
    assertThat(RoomFixture.all(loaded)).isEqualTo(RoomFixture.all(small));
    assertThat(loaded.queries().task("m5")).isEqualTo(small.queries().task("m5"));
    assertThat(loaded.queries().group("root").progress())
        .isEqualTo(small.queries().group("root").progress())
        .isEqualTo(new Update.BatchProgress("root", 6, 6, 0, 0, 100));
    assertThat(loaded.latestValues()).isEqualTo(small.latestValues());
    assertThat(loaded.hasWork()).isFalse();
  }

  @Test
  void shouldTakeEverythingItMergedIntoANewEpoch() {
    RoomFixture.flush(room, received("a", 0, T0));
    Update.Gap gap = new Update.Gap(T0, T0, null, List.of(), -1, "x");
    RoomFixture.offer(room, started("a", T0 + 1), new CeleryEvent.Loss(gap));
    SourceRoom next = RoomBuilder.from(room).build("e2", 0, room.mergedFeed(), 0);

    assertThat(next.position()).isEqualTo(new StreamPosition("e2", 0));
    assertThat(RoomFixture.task(next, "a").state()).isEqualTo("STARTED");
    assertThat(RoomFixture.task(next, "a").offset()).isZero();
    assertThat(RoomFixture.flush(next)).containsExactly(gap);
    assertThat(next.position().offset()).isEqualTo(1);
  }

  @Test
  void shouldBoundATasksHistoryAndKeepItsFirstEvent() {
    RoomFixture.offer(room, received("a", 0, T0));
    for (int i = 1; i < 100; i++) {
      RoomFixture.offer(room, Events.progress("a", "{\"n\":" + i + "}", T0 + i));
    }
    RoomFixture.flush(room);

    var timeline = room.queries().task("a").timeline();
    assertThat(timeline).hasSize(Row.MAX_TIMELINE);
    assertThat(timeline.get(0).type()).isEqualTo("task-received");
    assertThat(timeline.get(Row.MAX_TIMELINE - 1).timestampMillis()).isEqualTo(T0 + 99);
  }

  /**
   * An owner that dies between two appends of one flush: what the bridge sends again is new to the
   * next.
   */
  @Test
  void shouldLogGapsAndCommandsOnceWhenTheOwnerDiesBetweenTheAppendsOfOneBatch() {
    RoomBounds bounds = new RoomBounds(1_000, 1 << 20, 10, 10, 10, 10, 1_000);
    List<CeleryEvent> events = new ArrayList<>();
    events.add(new CeleryEvent.Loss(new Update.Gap(1, 2, null, List.of(), 3, "test")));
    events.add(
        new CeleryEvent.CommandOutcome(
            new Update.CommandUpdate("c1", null, CommandStatus.CONFIRMED, null, "t-1")));
    for (int i = 0; i < 25; i++) {
      events.add(Events.received("t-" + i, "root", null, Events.T0 + i));
    }
    FeedPosition batch = new FeedPosition(1, 1, "h1");
    SourceRoom dying = RoomFixture.room(bounds);
    dying.offer(batch, events, 0);
    List<Update> log = new ArrayList<>();
    Flush first = dying.close(Events.T0, 50);
    first.batches().forEach(each -> log.addAll(each.updates()));

    RoomBuilder store = new RoomBuilder(bounds);
    first.encode("celery", 1).entries().forEach(store::add);
    SourceRoom next = store.build(RoomFixture.EPOCH, first.offset(), first.feed(), 0);
    assertThat(next.offer(batch, events, 0)).isEqualTo(SourceRoom.Offer.WAIT);
    log.addAll(RoomFixture.flush(next));

    assertThat(first.feed()).isEqualTo(FeedPosition.NONE);
    assertThat(log).filteredOn(each -> each.kind() == Update.Kind.GAP).hasSize(1);
    assertThat(log).filteredOn(each -> each.kind() == Update.Kind.COMMAND_UPDATE).hasSize(1);
    assertThat(log).filteredOn(each -> each.kind() == Update.Kind.TASK_UPDATE).hasSize(25);
    assertThat(log)
        .filteredOn(each -> each.kind() == Update.Kind.BATCH_PROGRESS)
        .last()
        .isEqualTo(new Update.BatchProgress("root", 25, 0, 0, 0, 0));
  }
}
