package io.apfa.realtime.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  @Property
  void shouldNeverGrantMoreThanBurstPlusRateTimesTime(
      @ForAll @DoubleRange(min = 0.1, max = 1000) double rate,
      @ForAll @DoubleRange(min = 1, max = 100) double burst,
      @ForAll @Size(max = 200) List<@LongRange(min = 0, max = 2_000_000_000L) Long> waits) {
    TokenBucket bucket = new TokenBucket(rate, burst, 0);
    long now = 0;
    double granted = 0;
    for (long wait : waits) {
      now += wait;
      if (bucket.tryAcquire(1, now)) {
        granted++;
      }
      assertThat(granted).isLessThanOrEqualTo(burst + rate * now / 1e9 + 1e-6);
    }
  }

  @Property
  void shouldGrantAPermitToWhoeverWaitsAsLongAsToldSoNobodyStarves(
      @ForAll @DoubleRange(min = 0.1, max = 1000) double rate,
      @ForAll @DoubleRange(min = 1, max = 100) double burst,
      @ForAll @LongRange(min = 0, max = 100) long taken) {
    TokenBucket bucket = new TokenBucket(rate, burst, 0);
    for (long i = 0; i < taken; i++) {
      bucket.tryAcquire(1, 0);
    }
    long wait = bucket.nanosUntil(1, 0);
    assertThat(bucket.tryAcquire(1, wait)).isTrue();
  }

  @Test
  void shouldTreatATickerThatGoesBackAsNoTimePassed() {
    TokenBucket bucket = new TokenBucket(10, 1, 1_000_000_000L);
    assertThat(bucket.tryAcquire(1, 1_000_000_000L)).isTrue();
    assertThat(bucket.tryAcquire(1, 0)).isFalse();
    assertThat(bucket.tryAcquire(1, 1_100_000_000L)).isTrue();
  }

  @Test
  void shouldApplyOtherLimitsAtOnce() {
    TokenBucket bucket = new TokenBucket(10, 20, 0);
    bucket.configure(1, 2, 0);
    assertThat(bucket.available(0)).isEqualTo(2);
  }

  @Test
  void shouldRefuseARateThatNeverGrants() {
    assertThatThrownBy(() -> new TokenBucket(0, 1, 0)).hasMessage("rate: 0.0 (expected: > 0)");
  }
}
