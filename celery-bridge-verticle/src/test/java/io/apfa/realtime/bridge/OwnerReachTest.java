package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a bridge gives way to one that may reach the owner. */
class OwnerReachTest {
  private static final long LAG_MILLIS = OwnerReach.UNANSWERED_NANOS / 1_000_000;

  private final OwnerReach reach = new OwnerReach();

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void shouldGiveWayWhenTheOwnerDoesNotAnswerAndAnotherBridgeIsThere() {
    reach.onCompany(0);
    reach.onAsked(seconds(1));
    reach.onAsked(seconds(4));
    assertThat(reach.shouldYield(seconds(1) + OwnerReach.UNANSWERED_NANOS - 1, LAG_MILLIS))
        .isFalse();
    assertThat(reach.shouldYield(seconds(1) + OwnerReach.UNANSWERED_NANOS, LAG_MILLIS)).isTrue();
  }

  @Test
  void shouldStayWhileTheOwnerAnswersEvenIfItTakesNothing() {
    reach.onCompany(0);
    reach.onAsked(0);
    reach.onAnswered();
    reach.onAsked(seconds(3));
    assertThat(reach.shouldYield(seconds(5), LAG_MILLIS)).isFalse();
    reach.onAnswered();
    assertThat(reach.shouldYield(seconds(60), LAG_MILLIS)).as("nothing is asked").isFalse();
  }

  @Test
  void shouldKeepWhatIsTooOldForAStandbyToRemember() {
    reach.onCompany(0);
    reach.onAsked(0);
    assertThat(reach.shouldYield(seconds(12), OwnerReach.OLDEST_MILLIS - 1)).isTrue();
    assertThat(reach.shouldYield(seconds(12), OwnerReach.OLDEST_MILLIS)).isFalse();
    assertThat(2 * OwnerReach.OLDEST_MILLIS).isLessThan(Forwarder.RING_AGE_MILLIS);
  }

  @Test
  void shouldStayWhenItIsTheOnlyBridge() {
    reach.onAsked(0);
    assertThat(reach.shouldYield(seconds(8), LAG_MILLIS)).isFalse();
    reach.onCompany(0);
    long later = OwnerReach.COMPANY_NANOS;
    assertThat(reach.shouldYield(later - 1, LAG_MILLIS)).isTrue();
    assertThat(reach.shouldYield(later, LAG_MILLIS)).as("gone for good").isFalse();
  }
}
