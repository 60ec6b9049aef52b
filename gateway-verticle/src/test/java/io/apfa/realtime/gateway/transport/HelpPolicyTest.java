package io.apfa.realtime.gateway.transport;

import static io.apfa.realtime.gateway.transport.HelpPolicy.MIN_SESSIONS;
import static io.apfa.realtime.gateway.transport.HelpPolicy.MIN_WRITES;
import static io.apfa.realtime.gateway.transport.HelpPolicy.WINDOW_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HelpPolicyTest {
  private final HelpPolicy policy = new HelpPolicy();

  private boolean pays(int sessions, int atMillis) {
    return policy.pays(sessions, TimeUnit.MILLISECONDS.toNanos(atMillis));
  }

  @Test
  void shouldLeaveAGatewayAloneThatWritesLittle() {
    for (int second = 0; second < 10; second++) {
      for (int millis = 0; millis < 1_000; millis += 25) {
        assertThat(pays(1_000, 1_000 * second + millis)).isFalse();
      }
    }
  }

  @Test
  void shouldHelpFromTheFifthOfFlushesToAThousandThatFollowEachOther() {
    for (int flush = 1; flush <= 200; flush++) {
      assertThat(pays(1_000, 6 * flush)).as("flush %s", flush).isEqualTo(flush >= 5);
    }
  }

  @Test
  void shouldHelpWithTheFirstFlushToVeryMany() {
    assertThat(pays(MIN_WRITES, 0)).isTrue();
  }

  @Test
  void shouldNotWakeHelpersForAFewSessions() {
    assertThat(pays(MIN_WRITES, 0)).isTrue();
    assertThat(pays(MIN_SESSIONS - 1, 1)).isFalse();
    assertThat(pays(MIN_SESSIONS, 2)).isTrue();
  }

  @Test
  void shouldForgetABurstThatIsLongOver() {
    assertThat(pays(MIN_WRITES, 0)).isTrue();
    assertThat(pays(MIN_SESSIONS, WINDOW_MILLIS)).isTrue();
    assertThat(pays(MIN_SESSIONS, 2 * WINDOW_MILLIS)).isFalse();
    assertThat(pays(MIN_WRITES, 3 * WINDOW_MILLIS)).isTrue();
    assertThat(pays(MIN_SESSIONS, 6 * WINDOW_MILLIS)).isFalse();
  }
}
