package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In which order the sessions of a room are written to: the last waits for all the others. */
class ServingOrderTest {
  private static final String SOURCE = "celery";
  private static final String EPOCH = "e1";
  private static final int SESSIONS = 10;
  private static final int BATCHES = 100;
  private static final long BATCH_NANOS = 200_000_000;

  private final Hub hub =
      new Hub(List.of(SOURCE), new QuietUpstream(), SessionEvents.NONE, LimitPolicy.DEFAULTS);
  private final List<Integer> served = new ArrayList<>();
  private long now = 1_000_000_000L;

  private void join(int number) {
    SessionTransport transport =
        new SessionTransport() {
          @Override
          public boolean write(List<Frame> frames, long bytes) {
            served.add(number);
            return true;
          }

          @Override
          public void ping() {
            // nobody is quiet here
          }

          @Override
          public void close(Disconnect disconnect, String reason) {
            throw new AssertionError(reason);
          }
        };
    Session session = hub.open("s" + number, transport, "127.0.0.1", now);
    session.authenticate(Identity.ANYONE, 0);
    hub.join(session, Room.tasks(SOURCE), Subscription.Request.plain(Format.BRIDGE_MSGPACK), now);
  }

  private List<Integer> orderOf(int batch) {
    Task task = Task.builder("u" + batch).state("STARTED").offset(batch).build();
    Batch published =
        new Batch(EPOCH, batch, batch, false, 1, List.of(new Update.TaskUpdate(task)));
    now += BATCH_NANOS;
    served.clear();
    hub.onPublication(
        new BusMessage.Publication(SOURCE, 1, EPOCH, batch, batch, LogCodec.encode(published)),
        now);
    hub.flush(now);
    return List.copyOf(served);
  }

  @Test
  void shouldBeginWithAnotherSessionEachTimeSoThatNoneIsAlwaysTheLast() {
    hub.onHead(new BusMessage.InterestReply(SOURCE, true, 1, EPOCH, 0, 0), now);
    for (int i = 0; i < SESSIONS; i++) {
      join(i);
    }
    int[] places = new int[SESSIONS];
    for (int batch = 1; batch <= BATCHES; batch++) {
      List<Integer> order = orderOf(batch);
      assertThat(order).as("each once").doesNotHaveDuplicates().hasSize(SESSIONS);
      for (int place = 0; place < SESSIONS; place++) {
        places[order.get(place)] += place;
      }
    }
    double fair = BATCHES * (SESSIONS - 1) / 2.0;
    for (int sum : places) {
      assertThat((double) sum).isBetween(0.7 * fair, 1.3 * fair);
    }
  }
}
