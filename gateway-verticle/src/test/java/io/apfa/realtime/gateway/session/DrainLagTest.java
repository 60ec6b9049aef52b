package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** How long what was written waits to leave: of one session, and of the many that share it. */
class DrainLagTest {
  private static final SessionTransport DEAF =
      new SessionTransport() {
        @Override
        public boolean write(List<Frame> frames, long bytes) {
          return false;
        }

        @Override
        public void ping() {}

        @Override
        public void close(Disconnect disconnect, String reason) {}
      };

  private record Write(long bytes, long nanos) {}

  @Test
  void shouldBeTheAgeOfTheOldestWriteThatHasNotWhollyLeft() {
    Outbox outbox = new Outbox(Limits.DEFAULTS, 0);
    assertThat(outbox.drainLagNanos(5)).isZero();
    outbox.onWritten(10, 100);
    outbox.onWritten(20, 150);
    assertThat(outbox.drainLagNanos(300)).isEqualTo(200);
    outbox.onDrained(9, 310);
    assertThat(outbox.drainLagNanos(320)).isEqualTo(220);
    outbox.onDrained(1, 330);
    assertThat(outbox.drainLagNanos(340)).isEqualTo(190);
    outbox.onDrained(20, 350);
    assertThat(outbox.drainLagNanos(400)).isZero();
  }

  @Property(tries = 500)
  void shouldNeverBeLessThanItIsAndAtMostAsMuchMoreAsTheWriteBeforeTook(
      @ForAll @Size(max = 200) List<@IntRange(min = -60, max = 40) Integer> steps) {
    Outbox outbox = new Outbox(Limits.DEFAULTS, 0);
    Deque<Write> unsent = new ArrayDeque<>();
    long slowest = 0;
    long now = 0;
    for (int step : steps) {
      now += 7;
      if (step > 0) {
        outbox.onWritten(step, now);
        unsent.add(new Write(step, now));
      } else {
        long left = Math.min(-step, unsent.stream().mapToLong(Write::bytes).sum());
        outbox.onDrained(left, now);
        while (left > 0) {
          Write oldest = unsent.remove();
          if (oldest.bytes() > left) {
            unsent.addFirst(new Write(oldest.bytes() - left, oldest.nanos()));
          } else {
            slowest = Math.max(slowest, now - oldest.nanos());
          }
          left -= Math.min(left, oldest.bytes());
        }
      }
      long exact = unsent.isEmpty() ? 0 : now - unsent.element().nanos();
      assertThat(outbox.drainLagNanos(now)).isBetween(exact, exact + slowest);
    }
  }

  @Test
  void shouldBeSharedOnlyWhenAQuarterOfTheSessionsWaitAndNotFewerThanFour() {
    Hub hub = new Hub(List.of(), null, SessionEvents.NONE, LimitPolicy.DEFAULTS);
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sessions.add(hub.open("s" + i, DEAF, "", 0));
    }
    for (int i = 0; i < 5; i++) {
      assertThat(hub.sharedDrainLagNanos(1000)).isZero();
      Session slow = sessions.get(i);
      slow.authenticate(Identity.ANYONE, 0);
      slow.onInbound(100 + i);
      slow.send(Frame.text(Buffer.buffer("x"), "reply"));
    }
    assertThat(hub.sharedDrainLagNanos(1000)).isEqualTo(896);
    hub.onDrained(sessions.get(0), 1, 1000);
    assertThat(hub.sharedDrainLagNanos(1000)).isZero();
  }

  @Test
  void shouldNotBeSharedByThreeSessionsHoweverSlow() {
    Hub hub = new Hub(List.of(), null, SessionEvents.NONE, LimitPolicy.DEFAULTS);
    for (int i = 0; i < 3; i++) {
      Session slow = hub.open("s" + i, DEAF, "", 0);
      slow.authenticate(Identity.ANYONE, 0);
      slow.send(Frame.text(Buffer.buffer("x"), "reply"));
    }
    assertThat(hub.sharedDrainLagNanos(1_000_000_000)).isZero();
  }
}
