package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Slow readers with equal buffers can be written to again at the same moment, each from a position
 * of its own: what that costs those who keep up.
 */
class SlowCrowdTest {
  private static final String SOURCE = "celery";
  private static final String EPOCH = "e1";
  private static final int SLOW = 100;
  private static final int ROWS_EACH = 50;
  private static final int TASKS = 300;
  private static final long TICK_NANOS = 20_000_000;

  private final Hub hub =
      new Hub(
          List.of(SOURCE),
          new QuietUpstream(),
          SessionEvents.NONE,
          LimitPolicy.of(
              Limits.DEFAULTS
                  .with(LimitKey.SESSION_OUTBOX_BYTES, 65_536)
                  .with(LimitKey.SESSION_FRAMES_PER_FLUSH, 1)
                  .with(LimitKey.SESSION_MESSAGES_PER_SECOND, 1000)
                  .with(LimitKey.SESSION_BURST, 1000)
                  .with(LimitKey.BATCH_SIZE, ROWS_EACH)));
  private final List<Client> slow = new ArrayList<>();
  private long now = 1_000_000_000L;
  private long head;

  /** Counts the batches it was sent; while it is stuffed, none of their bytes leave. */
  private static final class Client implements SessionTransport {
    private Session session;
    private boolean stuffed;
    private long unsent;
    private int batches;

    @Override
    public boolean write(List<Frame> frames, long bytes) {
      batches += (int) frames.stream().filter(frame -> !frame.event().equals("reply")).count();
      unsent += stuffed ? bytes : 0;
      return !stuffed;
    }

    @Override
    public void ping() {
      // nobody is quiet here
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      throw new AssertionError(reason);
    }
  }

  private Client join() {
    Client client = new Client();
    client.session = hub.open("s" + slow.size(), client, "127.0.0.1", now);
    client.session.authenticate(Identity.ANYONE, 0);
    hub.join(
        client.session,
        Room.tasks(SOURCE),
        new Subscription.Request(Format.BRIDGE_MSGPACK, true, null, SnapshotWish.NONE),
        now);
    return client;
  }

  /** A batch of so many rows, of tasks in turn. */
  private void publish(int rows) {
    List<Update> updates = new ArrayList<>();
    for (int i = 1; i <= rows; i++) {
      long offset = head + i;
      updates.add(
          new Update.TaskUpdate(
              Task.builder("u" + offset % TASKS).args("x".repeat(300)).offset(offset).build()));
    }
    Batch batch = new Batch(EPOCH, head + 1, head + rows, false, 1, updates);
    head += rows;
    hub.onPublication(
        new BusMessage.Publication(
            SOURCE, 1, EPOCH, batch.from(), batch.offset(), LogCodec.encode(batch)),
        now);
    hub.flush(now);
  }

  /** Slow readers that stopped one after the other, and are now far behind. */
  private void fallBehind() {
    for (int i = 0; i < SLOW; i++) {
      slow.add(join());
    }
    for (Client client : slow) {
      client.stuffed = true;
      publish(ROWS_EACH);
    }
    for (int i = 0; i < 20; i++) {
      publish(ROWS_EACH);
    }
  }

  private void tick() {
    now += TICK_NANOS;
    hub.tick(now, now / 1_000_000);
  }

  private int batchesOfTheSlow() {
    return slow.stream().mapToInt(client -> client.batches).sum();
  }

  private void canBeWrittenToAgain() {
    for (Client client : slow) {
      client.stuffed = false;
      client.session.onDrained(client.unsent, now);
      client.unsent = 0;
    }
  }

  @Test
  void shouldComposeInATickForNoMoreOfThemThanTheBudgetHas() {
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, 0, 0), now);
    Client live = join();
    fallBehind();
    canBeWrittenToAgain();
    int before = batchesOfTheSlow();
    int liveBefore = live.batches;

    tick();

    int most = (WorkBudget.ROWS + ROWS_EACH) / ROWS_EACH;
    assertThat(batchesOfTheSlow() - before).isBetween(1, most);
    publish(ROWS_EACH);
    assertThat(live.batches).isEqualTo(liveBefore + 1);
    assertThat(batchesOfTheSlow() - before).isBetween(1, most);
  }

  @Test
  void shouldServeAllOfThemInTurnUntilEveryoneIsThere() {
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, 0, 0), now);
    fallBehind();
    canBeWrittenToAgain();
    int[] before = slow.stream().mapToInt(client -> client.batches).toArray();

    int most = (WorkBudget.ROWS + ROWS_EACH) / ROWS_EACH;
    for (int i = 0; i <= SLOW / most + 1; i++) {
      tick();
    }
    for (int i = 0; i < SLOW; i++) {
      assertThat(slow.get(i).batches).as("client " + i).isGreaterThan(before[i]);
    }
    for (int i = 0; i < 100; i++) {
      tick();
    }
    publish(1);
    tick();
    assertThat(slow)
        .allMatch(client -> client.session.subscriptions().iterator().next().end() == head);
  }
}
