package io.apfa.realtime.bench;

import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.gateway.session.SessionTransport;
import io.apfa.realtime.gateway.session.SnapshotWish;
import io.apfa.realtime.gateway.session.Subscription;
import io.apfa.realtime.gateway.session.Upstream;
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
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A gateway's sessions in one room, with everything but the sockets: what a frame costs each of
 * them. Public because JMH generates code that calls it. Confined to JMH's thread.
 */
@State(Scope.Thread)
public class Crowd {
  static final int SESSIONS = 1_000;

  private static final String SOURCE = "celery";
  private static final String EPOCH = "e1a2b3c4";
  private static final int ROWS = 50;
  private static final long BATCH_NANOS = 100_000_000;

  private final Hub hub =
      new Hub(
          List.of(SOURCE),
          new NoUpstream(),
          SessionEvents.NONE,
          LimitPolicy.of(
              Limits.DEFAULTS
                  .with(LimitKey.SESSION_MESSAGES_PER_SECOND, 1_000)
                  .with(LimitKey.SESSION_BURST, 1_000)));
  private long now = 1;
  private long head;
  private long bytes;
  private BusMessage.Publication next = publication();

  /** Nobody else is asked. */
  private static final class NoUpstream implements Upstream {
    @Override
    public void announceInterest(String source) {
      // the owner has spoken already
    }

    @Override
    public void pull(String source, String epoch, long fromOffset) {
      throw new IllegalStateException("a hole at " + fromOffset);
    }

    @Override
    public void readBack(String source, String epoch, long fromOffset, long to) {
      throw new IllegalStateException("behind at " + fromOffset);
    }

    @Override
    public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
      throw new IllegalStateException("a snapshot of " + room);
    }

    @Override
    public void loadLatestValues(String source) {
      // nobody is in such a room
    }
  }

  /** A socket that takes everything. */
  private final class Sink implements SessionTransport {
    @Override
    public boolean write(List<Frame> frames, long length) {
      bytes += length;
      return true;
    }

    @Override
    public void ping() {
      // nobody answers
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      throw new IllegalStateException(reason);
    }
  }

  /** Opens the sessions. */
  @Setup
  public void open() {
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, head, 0), now);
    for (int i = 0; i < SESSIONS; i++) {
      Session session = hub.open("s" + i, new Sink(), "127.0.0.1", now);
      session.authenticate(Identity.ANYONE, now);
      Subscription.Request request = Subscription.Request.plain(Format.BRIDGE_MSGPACK);
      hub.join(session, Room.tasks(SOURCE), request, now);
    }
  }

  /** Makes the next batch, lets go of old ones, and keeps everyone alive. */
  @Setup(Level.Invocation)
  public void prepare() {
    now += BATCH_NANOS;
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, head, 0), now);
    hub.sessions().forEach(session -> session.onAlive(now));
    hub.tick(now, now / 1_000_000);
    next = publication();
  }

  private BusMessage.Publication publication() {
    List<Update> rows = new ArrayList<>();
    for (Task task : SyntheticTasks.finished(ROWS, head + 1)) {
      rows.add(new Update.TaskUpdate(task));
    }
    Batch batch = new Batch(EPOCH, head + 1, head + ROWS, false, now / 1_000_000, rows);
    head = batch.offset();
    return new BusMessage.Publication(
        SOURCE, 1, EPOCH, batch.from(), batch.offset(), LogCodec.encode(batch));
  }

  /** Takes the batch and serves everyone; the bytes written so far. */
  long serve() {
    hub.onPublication(next, now);
    hub.flush(now);
    return bytes;
  }
}
