package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitPolicy;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A session's states, and that a closed one is silent. */
class SessionStateTest {
  private final List<String> done = new ArrayList<>();
  private final SessionTransport transport =
      new SessionTransport() {
        @Override
        public boolean write(List<Frame> frames, long bytes) {
          done.add("write " + bytes);
          return false;
        }

        @Override
        public void ping() {
          done.add("ping");
        }

        @Override
        public void close(Disconnect disconnect, String reason) {
          done.add("close " + disconnect.code());
        }
      };

  private Session session() {
    return new Session("s", transport, "", SessionEvents.NONE, LimitPolicy.DEFAULTS, 0);
  }

  @Test
  void shouldAllowNoOtherTransitionThanTheTables() {
    assertThat(SessionState.AUTHENTICATING.next())
        .isEqualTo(Set.of(SessionState.OPEN, SessionState.CLOSED));
    assertThat(SessionState.OPEN.next()).isEqualTo(Set.of(SessionState.CLOSED));
    assertThat(SessionState.CLOSED.next()).isEmpty();
  }

  @Test
  void shouldSendNothingAfterItsEnd() {
    Session session = session();
    session.close(Disconnect.SHUTDOWN);
    session.send(Frame.text(Buffer.buffer("x"), "err"));
    session.close(Disconnect.SLOW);
    session.checkDeadlines(Long.MAX_VALUE / 2, 0);
    assertThat(session.onInbound(1)).isFalse();
    assertThat(done).containsExactly("close 3000");
  }

  @Test
  void shouldEndWhenNobodySaysWhoItIs() {
    Session session = session();
    session.checkDeadlines(Session.AUTHENTICATION_NANOS, 0);
    assertThat(session.state()).isEqualTo(SessionState.AUTHENTICATING);
    session.checkDeadlines(Session.AUTHENTICATION_NANOS + 1, 0);
    assertThat(done).containsExactly("close 3500");
  }

  @Test
  void shouldPingOnceAfterSilenceAndCloseAfterMore() {
    Session session = session();
    session.authenticate(Identity.ANYONE, 0);
    session.checkDeadlines(25_000_000_001L, 0);
    session.checkDeadlines(25_100_000_000L, 0);
    assertThat(done).containsExactly("ping");
    session.onAlive(30_000_000_000L);
    session.checkDeadlines(95_000_000_001L, 0);
    assertThat(session.state()).isEqualTo(SessionState.OPEN);
    session.checkDeadlines(125_000_000_001L, 0);
    assertThat(done).contains("close 3005");
  }

  @Test
  void shouldEndWhenItsRepliesAreNeverRead() {
    Session session = session();
    session.authenticate(Identity.ANYONE, 0);
    Frame big = Frame.text(Buffer.buffer(new byte[300_000]), "reply");
    for (int i = 0; i < 10; i++) {
      session.send(big);
    }
    assertThat(done).contains("close 3002");
    assertThat(session.unsentBytes()).isLessThan(1_500_000);
  }
}
