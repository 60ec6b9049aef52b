package io.apfa.realtime.broadcaster.room;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.LogBound;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.apfa.realtime.testkit.ManualClock;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Random lives of a source: events, flushes, appends whose answer is lost, owners that die or are
 * fenced, batches lost on the bus. Whatever happens, every client ends with the owner's view, saw
 * every offset once and in order, and the tasks are what the events alone make of them.
 */
class RoomModelTest {
  private static final String SOURCE = "celery";

  /** What may happen. */
  enum Step {
    EVENTS,
    FLUSH,
    FLUSH_AND_LOSE_THE_BATCHES,
    FLUSH_AND_LOSE_THE_ANSWER,
    FLUSH_WHILE_EVENTS_COME,
    DIE_BEFORE_THE_APPEND,
    DIE_AFTER_THE_APPEND,
    NEW_OWNER,
    REPEAT_A_BATCH,
    CLIENT_PULLS,
    NEW_BRIDGE
  }

  record Act(Step step, int seed) {}

  @Provide
  Arbitrary<List<Act>> acts() {
    Arbitrary<Step> steps = Arbitraries.of(Step.class);
    Arbitrary<Act> act =
        steps.flatMap(
            step -> Arbitraries.integers().between(0, 10_000).map(seed -> new Act(step, seed)));
    return act.list().ofMinSize(1).ofMaxSize(60);
  }

  @Property(tries = 400)
  void shouldGiveEveryClientTheOwnersViewInOrderAndOnce(@ForAll("acts") List<Act> acts) {
    World world = new World();
    acts.forEach(world::take);
    world.settle();
    world.check();
  }

  /** A source with its store, owner, bridge and two clients. */
  private static final class World {
    private final StateStore store =
        new MemoryStateStore(new ManualClock(), new LogBound(Duration.ofDays(1), 1L << 40));
    private final SourceRoom reference = RoomFixture.room();
    private final Client follower = new Client();
    private final Client lossy = new Client();
    private final List<List<CeleryEvent>> unacked = new ArrayList<>();
    private long owners;
    private long token;
    private SourceRoom room;
    private long bridge = 1;
    private long firstUnacked = 1;

    World() {
      takeOver();
    }

    void take(Act act) {
      switch (act.step()) {
        case EVENTS -> events(act.seed());
        case FLUSH -> flush(true, true);
        case FLUSH_AND_LOSE_THE_BATCHES -> flush(false, true);
        case FLUSH_AND_LOSE_THE_ANSWER -> {
          flush(true, false);
          resend();
        }
        case FLUSH_WHILE_EVENTS_COME -> flushWhile(act.seed());
        case DIE_BEFORE_THE_APPEND, NEW_OWNER -> takeOver();
        case DIE_AFTER_THE_APPEND -> {
          if (room.hasWork()) {
            Flush flush = room.close(Events.T0, 7);
            if (flush.isAppended()) {
              done(store.append(flush.encode(SOURCE, token)));
            }
          }
          takeOver();
        }
        case REPEAT_A_BATCH -> resend();
        case CLIENT_PULLS -> lossy.pull(store);
        case NEW_BRIDGE -> newBridge();
      }
    }

    private void events(int seed) {
      List<CeleryEvent> events = new ArrayList<>();
      for (int i = 0; i < 1 + seed % 4; i++) {
        events.add(event(seed + 7 * i));
      }
      unacked.add(events);
      RoomFixture.offer(reference, events);
      offer(firstUnacked + unacked.size() - 1, events);
    }

    private static CeleryEvent event(int seed) {
      String uuid = "t" + seed % 9;
      long millis = Events.T0 + seed;
      return switch (seed % 8) {
        case 0 -> Events.sent(uuid, 0, millis);
        case 1 -> Events.received(uuid, 0, millis);
        case 2 -> Events.started(uuid, millis);
        case 3 -> Events.succeeded(uuid, millis);
        case 4 -> Events.failed(uuid, millis);
        case 5 -> Events.progress(uuid, "{\"n\":" + seed + "}", millis);
        case 6 -> Events.received(uuid, "root", null, millis);
        default ->
            new CeleryEvent.Loss(
                new Update.Gap(millis, millis, null, List.of(), seed, "of the model"));
      };
    }

    private void offer(long number, List<CeleryEvent> events) {
      assertThat(room.offer(new FeedPosition(bridge, number, ""), events, 0))
          .isNotEqualTo(SourceRoom.Offer.FENCED);
    }

    private void resend() {
      for (int i = 0; i < unacked.size(); i++) {
        offer(firstUnacked + i, unacked.get(i));
      }
    }

    /** A bridge that takes over speaks first, and then sends what is not stored. */
    private void newBridge() {
      bridge++;
      room.offer(new FeedPosition(bridge, 0, ""), List.of(), 0);
      flush(true, true);
      firstUnacked = 1;
      resend();
    }

    private void flush(boolean delivered, boolean answered) {
      while (room.hasWork()) {
        send(room.close(Events.T0, 7), delivered, answered);
      }
    }

    private void flushWhile(int seed) {
      if (room.hasWork()) {
        Flush flush = room.close(Events.T0, 7);
        StateStore.Append append = flush.isAppended() ? flush.encode(SOURCE, token) : null;
        events(seed);
        if (append != null) {
          logged(flush, append, true);
        }
      }
    }

    private void send(Flush flush, boolean delivered, boolean answered) {
      if (!flush.isAppended()) {
        return;
      }
      StateStore.Append append = flush.encode(SOURCE, token);
      if (!answered) {
        assertThat(done(store.append(append))).isEqualTo(AppendAnswer.APPENDED);
      }
      logged(flush, append, delivered);
    }

    private void logged(Flush flush, StateStore.Append append, boolean delivered) {
      assertThat(done(store.append(append))).isIn(AppendAnswer.APPENDED, AppendAnswer.ALREADY_DONE);
      room.onLogged(flush);
      if (delivered) {
        for (StateStore.LoggedBatch batch : append.batches()) {
          lossy.onBatch(batch, store);
        }
      }
      acknowledge();
    }

    private void acknowledge() {
      FeedPosition stored = room.storedFeed();
      if (stored.leaseToken() == bridge) {
        while (!unacked.isEmpty() && firstUnacked <= stored.batchNumber()) {
          unacked.remove(0);
          firstUnacked++;
        }
      }
    }

    private void takeOver() {
      if (token != 0) {
        done(store.releaseLease("owner:" + SOURCE, token));
      }
      SourceRoom old = room;
      long oldToken = token;
      token =
          done(store.acquireLease("owner:" + SOURCE, "o" + ++owners, Duration.ofDays(1))).token();
      StateStore.Head head = done(store.head(SOURCE));
      if (head == null) {
        room = RoomFixture.room();
        done(store.startEpoch(SOURCE, token, room.epoch(), List.of(), FeedPosition.NONE));
        return;
      }
      fencedOwnerWakes(old, oldToken);
      RoomBuilder builder = new RoomBuilder(RoomBounds.DEFAULT);
      done(store.readTable(SOURCE, head.epoch(), "")).entries().forEach(builder::add);
      room = builder.build(head.epoch(), head.offset(), head.feed(), 0);
      acknowledge();
      resend();
    }

    private void fencedOwnerWakes(SourceRoom old, long oldToken) {
      if (old.hasWork()) {
        Flush late = old.close(Events.T0, 7);
        if (late.isAppended()) {
          assertThat(done(store.append(late.encode(SOURCE, oldToken))))
              .isEqualTo(AppendAnswer.FENCED);
        }
      }
    }

    void settle() {
      flush(true, true);
      lossy.pull(store);
      follower.pull(store);
      RoomFixture.flush(reference);
    }

    void check() {
      assertThat(unacked).isEmpty();
      List<Task> tasks = RoomFixture.all(room);
      Map<String, Task> expected = new HashMap<>();
      tasks.forEach(task -> expected.put(task.uuid(), task));
      assertThat(follower.tasks).isEqualTo(expected);
      assertThat(lossy.tasks).isEqualTo(expected);
      assertThat(lossy.gaps).isEqualTo(follower.gaps);
      assertThat(room.position().offset()).isEqualTo(follower.offset).isEqualTo(lossy.offset);
      Map<String, Task> alone = new HashMap<>();
      RoomFixture.all(reference).forEach(task -> alone.put(task.uuid(), task.withOffset(0)));
      expected.replaceAll((uuid, task) -> task.withOffset(0));
      assertThat(expected).isEqualTo(alone);
      assertThat(room.queries().group("root").progress())
          .isEqualTo(reference.queries().group("root").progress());
    }
  }

  /** A client that applies by offset and pulls what it misses from the log. */
  private static final class Client {
    private final Map<String, Task> tasks = new HashMap<>();
    private final List<Update.Gap> gaps = new ArrayList<>();
    private long offset;

    void onBatch(StateStore.LoggedBatch logged, StateStore store) {
      if (logged.from() > offset + 1) {
        pull(store);
      }
      if (logged.offset() > offset) {
        apply(logged);
      }
    }

    void pull(StateStore store) {
      StateStore.LogPage page =
          done(store.readLog(SOURCE, RoomFixture.EPOCH, offset + 1, Integer.MAX_VALUE));
      assertThat(page.available()).isTrue();
      page.batches().forEach(this::apply);
      assertThat(offset).isEqualTo(page.head());
    }

    private void apply(StateStore.LoggedBatch logged) {
      Batch batch = LogCodec.decode(logged.payload());
      assertThat(batch.from()).isEqualTo(logged.from()).isEqualTo(offset + 1);
      for (Update update : batch.updates()) {
        offset++;
        if (update.kind() == Update.Kind.TASK_UPDATE) {
          Task task = ((Update.TaskUpdate) update).task();
          assertThat(task.offset()).isEqualTo(offset);
          tasks.put(task.uuid(), task);
        } else if (update.kind() == Update.Kind.GAP) {
          gaps.add((Update.Gap) update);
        }
      }
      assertThat(offset).isEqualTo(batch.offset());
    }
  }

  private static <T> T done(Future<T> future) {
    assertThat(future.succeeded()).isTrue();
    return future.result();
  }
}
