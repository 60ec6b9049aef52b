package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.testkit.SimulatedGateway;
import org.junit.jupiter.api.Test;

class PressureLoopTest {
  private static final Limits LOW_LATENCY =
      Limits.DEFAULTS.with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 5);
  private static final PressureLoop.Load WAITS = new PressureLoop.Load(1.5, 0);
  private static final PressureLoop.Load IDLE = new PressureLoop.Load(0.1, 0.1);
  private static final PressureLoop.Load BUSY = new PressureLoop.Load(0.1, 1);

  @Test
  void shouldLengthenTheIntervalUnderPressureUpToItsBound() {
    PressureLoop loop = new PressureLoop();
    long interval = 0;
    for (int second = 0; second < 30; second++) {
      interval = loop.step(WAITS, LOW_LATENCY).flushIntervalMillis();
    }
    assertThat(interval).isEqualTo(2000);
  }

  @Test
  void shouldCloseAdmissionLast() {
    PressureLoop loop = new PressureLoop();
    int step = 0;
    while (loop.step(WAITS, LOW_LATENCY).admitting() && step < 100) {
      step++;
    }
    PressureLoop.Directive last = loop.step(WAITS, LOW_LATENCY);
    assertThat(step).isBetween(5, 50);
    assertThat(last.flushIntervalMillis()).isEqualTo(2000);
  }

  @Test
  void shouldComeBackToTheShortestIntervalOnceThePressureIsGone() {
    PressureLoop loop = new PressureLoop();
    for (int second = 0; second < 30; second++) {
      loop.step(WAITS, LOW_LATENCY);
    }
    long interval = 2000;
    for (int second = 0; second < 60; second++) {
      long next = loop.step(IDLE, LOW_LATENCY).flushIntervalMillis();
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
      interval = loop.step(new PressureLoop.Load(pressure, 0), LOW_LATENCY).flushIntervalMillis();
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

  @Test
  void shouldLengthenTheIntervalOfBusyProcessorsToTheGeometricMeanAndKeepAdmitting() {
    PressureLoop loop = new PressureLoop();
    PressureLoop.Directive last = loop.step(BUSY, LOW_LATENCY);
    assertThat(last.flushIntervalMillis()).isEqualTo(5);
    for (int second = 0; second < 60; second++) {
      last = loop.step(BUSY, LOW_LATENCY);
      assertThat(last.admitting()).isTrue();
    }
    assertThat(last.flushIntervalMillis()).isEqualTo(100);
  }

  @Test
  void shouldNotHeedProcessorsThatAreFarFromSaturated() {
    PressureLoop loop = new PressureLoop();
    for (int second = 0; second < 60; second++) {
      PressureLoop.Load load = new PressureLoop.Load(0.1, 0.89);
      assertThat(loop.step(load, LOW_LATENCY).flushIntervalMillis()).isEqualTo(5);
    }
  }

  @Test
  void shouldComeBackFromWaitingToWhereBusyProcessorsMayHoldIt() {
    PressureLoop loop = new PressureLoop();
    for (int second = 0; second < 30; second++) {
      loop.step(WAITS, LOW_LATENCY);
    }
    long interval = 2000;
    for (int second = 0; second < 60; second++) {
      interval = loop.step(BUSY, LOW_LATENCY).flushIntervalMillis();
    }
    assertThat(interval).isEqualTo(100);
  }

  @Test
  void shouldCountWhatASessionsBatchesStopAtAsAllThatCanBeBorne() {
    double limit = Limits.DEFAULTS.get(LimitKey.SESSION_OUTBOX_BYTES);
    assertThat(PressureLoop.loadOf(limit / 8, limit, 0, 0, 0, 5).waiting()).isEqualTo(1);
    assertThat(PressureLoop.loadOf(0, limit, 500, 0, 0, 5).waiting()).isEqualTo(1);
    assertThat(PressureLoop.loadOf(0, limit, 0, 250, 0, 5).waiting()).isEqualTo(1);
    assertThat(PressureLoop.loadOf(0, limit, 0, 0, 1, 5)).isEqualTo(new PressureLoop.Load(0, 1));
  }

  @Test
  void shouldNotTakeTheTimeThatALargeFlushTakesForPressure() {
    assertThat(PressureLoop.loadOf(0, 1, 800, 0, 0, 2000).waiting()).isEqualTo(0.4);
    assertThat(PressureLoop.loadOf(0, 1, 0, 400, 0, 2000).waiting()).isEqualTo(0.2);
    assertThat(PressureLoop.loadOf(0, 1, 3000, 0, 0, 2000).waiting()).isEqualTo(1.5);
  }

  /**
   * A flush takes a quarter of the interval it was waited for: the longer the interval, the larger.
   */
  @Test
  void shouldComeBackFromALongIntervalThoughEachFlushTakesAQuarterOfIt() {
    PressureLoop loop = new PressureLoop();
    long interval = 0;
    for (int second = 0; second < 30; second++) {
      interval = loop.step(WAITS, LOW_LATENCY).flushIntervalMillis();
    }
    assertThat(interval).isEqualTo(2000);
    for (int second = 0; second < 60; second++) {
      long late = interval / 4;
      PressureLoop.Load load = PressureLoop.loadOf(0, 1, late, late, 0.3, interval);
      interval = loop.step(load, LOW_LATENCY).flushIntervalMillis();
    }
    assertThat(interval).isEqualTo(5);
  }

  /**
   * A gateway whose flushes cost processor time, on two processors of which one is taken away for
   * two minutes: more work than it can do waits, and what waits shows as drain lag.
   */
  @Test
  void shouldRiseWhileAProcessorIsTakenAwayAndReturnOnceItIsBackWithoutOscillation() {
    PressureLoop loop = new PressureLoop();
    SimulatedGateway gateway = new SimulatedGateway(0.005, 0.3);
    long interval = 5;
    long highest = 0;
    long settled = 0;
    long longestLagMillis = 0;
    int turns = 0;
    int direction = 0;
    for (int second = 0; second < 360; second++) {
      boolean squeezed = second >= 60 && second < 180;
      SimulatedGateway.Second seen = gateway.next(interval, squeezed ? 1 : 2);
      longestLagMillis = Math.max(longestLagMillis, seen.drainLagMillis());
      PressureLoop.Load load =
          PressureLoop.loadOf(0, 1, seen.drainLagMillis(), 0, seen.cpu(), interval);
      PressureLoop.Directive next = loop.step(load, LOW_LATENCY);
      assertThat(next.admitting()).isTrue();
      int now = Long.compare(next.flushIntervalMillis(), interval);
      turns += now != 0 && direction != 0 && now != direction ? 1 : 0;
      direction = now == 0 ? direction : now;
      interval = next.flushIntervalMillis();
      if (second < 60) {
        assertThat(interval).isEqualTo(5);
      }
      highest = Math.max(highest, interval);
      settled = second == 179 ? interval : settled;
    }
    assertThat(highest).isBetween(20L, 100L);
    assertThat(settled).isBetween(10L, 20L);
    assertThat(longestLagMillis).isLessThan(2000);
    assertThat(turns).isEqualTo(1);
    assertThat(interval).isEqualTo(5);
  }
}
