package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Many clients of a gateway that died come at once: what their recovery costs this one. */
class SharedRecoveryTest {
  private static final String SOURCE = "celery";
  private static final String EPOCH = "e1";
  private static final int BATCHES = 60;
  private static final int FIRST_POSITION = 10;
  private static final int POSITIONS = 50;
  private static final int SESSIONS_AT_EACH = 20;

  private final Log log = new Log();
  private final Hub hub = new Hub(List.of(SOURCE), log, SessionEvents.NONE, LimitPolicy.DEFAULTS);
  private final List<Client> clients = new ArrayList<>();
  private final long now = 1_000_000_000L;

  /** A log of batches with a row each, which counts how it is read. */
  private static final class Log implements Upstream {
    final List<StateStore.LoggedBatch> batches = new ArrayList<>();
    final List<ReadBack> reading = new ArrayList<>();
    final List<Long> from = new ArrayList<>();
    long first = 1;

    Log() {
      for (int offset = 1; offset <= BATCHES; offset++) {
        Task task = Task.builder("u" + offset).state("STARTED").offset(offset).build();
        Batch batch =
            new Batch(EPOCH, offset, offset, false, 1, List.of(new Update.TaskUpdate(task)));
        batches.add(new StateStore.LoggedBatch(offset, offset, LogCodec.encode(batch)));
      }
    }

    @Override
    public void announceInterest(String source) {
      // the test answers when it wants to
    }

    @Override
    public void pull(String source, String epoch, long fromOffset) {
      throw new AssertionError("no hole was made");
    }

    @Override
    public void readBack(String source, String epoch, long fromOffset, long to) {
      ReadBack read = new ReadBack(fromOffset, to, 1);
      boolean available = fromOffset >= first;
      int index = available ? (int) fromOffset - 1 : batches.size();
      read.add(new StateStore.LogPage(available, BATCHES, batches.subList(index, batches.size())));
      reading.add(read);
      from.add(fromOffset);
    }

    @Override
    public void loadSnapshot(Room room, SnapshotWish wish, Format format) {
      throw new AssertionError("nobody wants a snapshot");
    }

    @Override
    public void loadLatestValues(String source) {
      // nobody is in such a room
    }
  }

  /** Keeps what it was sent. */
  private static final class Client implements SessionTransport {
    final List<Frame> batches = new ArrayList<>();
    boolean recovered;

    @Override
    public boolean write(List<Frame> frames, long bytes) {
      for (Frame frame : frames) {
        if (frame.event().equals("reply")) {
          recovered = frame.bytes().toString().contains("\"recovered\":true");
        } else {
          assertThat(recovered).as("told so before any batch").isTrue();
          batches.add(frame);
        }
      }
      return false;
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

  private void comeBack(long position) {
    Client client = new Client();
    clients.add(client);
    Session session = hub.open("s" + clients.size(), client, "127.0.0.1", now);
    session.authenticate(Identity.ANYONE, 0);
    hub.join(
        session,
        Room.tasks(SOURCE),
        new Subscription.Request(
            Format.BRIDGE_MSGPACK, true, new StreamPosition(EPOCH, position), SnapshotWish.NONE),
        now);
  }

  /** The worst order for reading: each asks for more than the one before. */
  private void allComeBack() {
    for (int session = 0; session < SESSIONS_AT_EACH; session++) {
      for (int i = POSITIONS - 1; i >= 0; i--) {
        comeBack(FIRST_POSITION + i);
      }
    }
  }

  private void ownerAnswers() {
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, BATCHES, 0), now);
  }

  private void logAnswers() {
    int last = log.reading.size() - 1;
    hub.onReadBack(SOURCE, EPOCH, log.from.get(last), log.reading.get(last), now);
  }

  @Test
  void shouldReadTheLogOnceForAllWhoWait() {
    allComeBack();
    ownerAnswers();
    logAnswers();
    assertThat(log.from).containsExactly(FIRST_POSITION + 1L);
    assertThat(clients).allMatch(client -> client.recovered);
  }

  @Test
  void shouldReadTheLogOnceMoreForAllWhoCameWhileItWasRead() {
    ownerAnswers();
    allComeBack();
    assertThat(log.from).containsExactly((long) FIRST_POSITION + POSITIONS);
    logAnswers();
    logAnswers();
    assertThat(log.from).containsExactly((long) FIRST_POSITION + POSITIONS, FIRST_POSITION + 1L);
    assertThat(clients).allMatch(client -> client.recovered);
  }

  @Test
  void shouldLoseOnlyThePositionThatTheLogHasLost() {
    log.first = 31;
    comeBack(40);
    comeBack(10);
    ownerAnswers();
    logAnswers();
    logAnswers();
    assertThat(log.from).containsExactly(11L, 41L);
    assertThat(clients.get(0).recovered).isTrue();
    assertThat(clients.get(1).recovered).isFalse();
  }

  @Test
  void shouldEncodeForAPositionOnceHoweverManySessionsAreThere() {
    allComeBack();
    ownerAnswers();
    logAnswers();
    Set<Frame> encoded = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Client client : clients) {
      assertThat(client.batches).isNotEmpty();
      encoded.addAll(client.batches);
    }
    assertThat(encoded).hasSizeLessThanOrEqualTo(BATCHES + POSITIONS);
  }
}
