package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DecodeSpeedTest {
  private static final long LARGE = 200_000;
  private final DecodeSpeed speed = new DecodeSpeed();

  @Test
  void shouldSendALargeSliceToAWorkerWhileNothingWasMeasured() {
    assertThat(speed.isShort(LARGE)).isFalse();
    assertThat(speed.isShort(DecodeSpeed.ALWAYS_SHORT_BYTES)).isTrue();
  }

  @Test
  void shouldDecodeOnTheLoopWhatItsMeasuredSpeedMakesShort() {
    speed.onDecoded(100_000, 100_000);
    assertThat(speed.isShort(DecodeSpeed.SHORT_NANOS)).isTrue();
    assertThat(speed.isShort(DecodeSpeed.SHORT_NANOS + 1)).isFalse();
  }

  @Test
  void shouldGoBackToWorkersWhenDecodingBecomesSlow() {
    speed.onDecoded(100_000, 100_000);
    for (int i = 0; i < 50; i++) {
      speed.onDecoded(100_000, 100_000_000);
    }
    assertThat(speed.isShort(LARGE)).isFalse();
  }

  @Test
  void shouldNotMindASliceOfNothing() {
    speed.onDecoded(0, 50);
    assertThat(speed.isShort(LARGE)).isFalse();
  }
}
