package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import org.junit.jupiter.api.Test;

class PressureLoopTest {
  private static final Limits LOW_LATENCY =
      Limits.DEFAULTS.with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 5);

  @Test
  void shouldLengthenTheIntervalUnderPressureUpToItsBound() {
    PressureLoop loop = new PressureLoop();
    long interval = 0;
    for (int second = 0; second < 30; second++) {
      interval = loop.step(1.5, LOW_LATENCY).flushIntervalMillis();
    }
    assertThat(interval).isEqualTo(2000);
  }

  @Test
  void shouldCloseAdmissionLast() {
    PressureLoop loop = new PressureLoop();
    int step = 0;
    while (loop.step(1.5, LOW_LATENCY).admitting() && step < 100) {
      step++;
    }
    PressureLoop.Directive last = loop.step(1.5, LOW_LATENCY);
    assertThat(step).isBetween(5, 50);
    assertThat(last.flushIntervalMillis()).isEqualTo(2000);
    assertThat(last.conflation()).isEqualTo(1);
  }

  @Test
  void shouldComeBackToTheShortestIntervalOnceThePressureIsGone() {
    PressureLoop loop = new PressureLoop();
    for (int second = 0; second < 30; second++) {
      loop.step(1.5, LOW_LATENCY);
    }
    long interval = 2000;
    for (int second = 0; second < 60; second++) {
      long next = loop.step(0.1, LOW_LATENCY).flushIntervalMillis();
      assertThat(next).isLessThanOrEqualTo(interval);
      interval = next;
    }
    assertThat(interval).isEqualTo(5);
  }

  @Test
  void shouldSettleWithoutOscillationWhenPressureFallsAsTheIntervalGrows() {
    PressureLoop loop = new PressureLoop();
    double interval = 5;
    int turns = 0;
    double before = interval;
    int direction = 0;
    for (int second = 0; second < 300; second++) {
      double pressure = 40 / interval;
      interval = loop.step(pressure, LOW_LATENCY).flushIntervalMillis();
      int now = Double.compare(interval, before);
      if (now != 0 && direction != 0 && now != direction) {
        turns++;
      }
      direction = now == 0 ? direction : now;
      before = interval;
    }
    assertThat(turns).isLessThanOrEqualTo(1);
    assertThat(interval).isBetween(50.0, 80.0);
  }
}
