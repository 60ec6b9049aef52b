package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.bus.BusMessage.PressureDirective;
import org.junit.jupiter.api.Test;

class FlushPaceTest {
  private static final long MILLIS = 1_000_000;

  private final FlushPace pace = new FlushPace();

  private long interval(Limits limits, long nowNanos) {
    return pace.intervalNanos(limits, limits, nowNanos);
  }

  @Test
  void shouldFollowTheLimitInForce() {
    assertThat(interval(Limits.DEFAULTS, 0)).isEqualTo(100 * MILLIS);
    Limits quick = Limits.DEFAULTS.with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 5);
    assertThat(interval(quick, 0)).isEqualTo(5 * MILLIS);
  }

  @Test
  void shouldWaitLongerUnderPressureUpToTheBoundAndForgetAnOldDirective() {
    pace.onDirective(new PressureDirective(2, 400, true), 0);
    assertThat(interval(Limits.DEFAULTS, 0)).isEqualTo(400 * MILLIS);
    pace.onDirective(new PressureDirective(1, 900, true), 0);
    assertThat(interval(Limits.DEFAULTS, 0)).isEqualTo(400 * MILLIS);
    pace.onDirective(new PressureDirective(2, 90_000, true), 0);
    assertThat(interval(Limits.DEFAULTS, 0)).isEqualTo(2_000 * MILLIS);
    pace.onDirective(new PressureDirective(2, 1, true), 0);
    assertThat(interval(Limits.DEFAULTS, 0)).isEqualTo(100 * MILLIS);
    pace.onDirective(new PressureDirective(2, 400, true), 0);
    assertThat(interval(Limits.DEFAULTS, 11_000 * MILLIS)).isEqualTo(100 * MILLIS);
  }

  @Test
  void shouldGoAsFarBetweenASourcesOwnBoundsAsTheLeaderGoesBetweenTheCommonOnes() {
    Limits own =
        Limits.DEFAULTS
            .with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 5)
            .with(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS, 500);
    Limits common =
        Limits.DEFAULTS
            .with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 20)
            .with(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS, 2000);
    pace.onDirective(new PressureDirective(1, 20, true), 0);
    assertThat(pace.intervalNanos(own, common, 0)).isEqualTo(5 * MILLIS);
    pace.onDirective(new PressureDirective(1, 200, true), 0);
    assertThat(pace.intervalNanos(own, common, 0))
        .isBetween(50 * MILLIS - 1000, 50 * MILLIS + 1000);
    pace.onDirective(new PressureDirective(1, 2000, true), 0);
    assertThat(pace.intervalNanos(own, common, 0)).isEqualTo(500 * MILLIS);
  }

  @Test
  void shouldForgetANodeWhoseInterestWasNotRenewed() {
    Audience audience = new Audience();
    NodeId node = new NodeId("g1");
    audience.onInterest(node, true, 0);
    assertThat(audience.nodes(3_400 * MILLIS)).containsExactly(node);
    assertThat(audience.nodes(3_500 * MILLIS)).isEmpty();
    audience.onInterest(node, true, 4_000 * MILLIS);
    audience.onInterest(node, false, 4_001 * MILLIS);
    assertThat(audience.nodes(4_002 * MILLIS)).isEmpty();
  }
}
