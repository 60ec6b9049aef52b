package io.apfa.realtime.bench;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.ratelimit.policy.PressureLoop;
import io.apfa.realtime.testkit.SimulatedGateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The control loop alone, on a gateway that is only calculated: two processors, of which one is
 * taken away for two minutes. The same each time; for the plot beside the real run's.
 */
final class SqueezeSimulation {
  private static final int CALM_SECONDS = 60;
  private static final int SQUEEZED_SECONDS = 120;
  private static final int RETURN_SECONDS = 60;
  private static final double FLUSH_SECONDS = 0.005;
  private static final double OTHER_SECONDS = 0.3;

  private SqueezeSimulation() {}

  /** Runs it; no arguments. */
  public static void main(String[] arguments) throws Exception {
    Limits limits = Limits.DEFAULTS.with(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 5);
    PressureLoop loop = new PressureLoop();
    SimulatedGateway gateway = new SimulatedGateway(FLUSH_SECONDS, OTHER_SECONDS);
    List<Map<String, Object>> timeline = new ArrayList<>();
    long interval = 5;
    long highest = 0;
    long longestLag = 0;
    int turns = 0;
    int direction = 0;
    for (int second = 1; second <= CALM_SECONDS + SQUEEZED_SECONDS + RETURN_SECONDS; second++) {
      String phase = phaseOf(second);
      SimulatedGateway.Second seen = gateway.next(interval, phase.equals("squeezed") ? 1 : 2);
      PressureLoop.Load load =
          PressureLoop.loadOf(0, 1, seen.drainLagMillis(), 0, seen.cpu(), interval);
      long next = loop.step(load, limits).flushIntervalMillis();
      int now = Long.compare(next, interval);
      turns += now != 0 && direction != 0 && now != direction ? 1 : 0;
      direction = now == 0 ? direction : now;
      interval = next;
      highest = Math.max(highest, interval);
      longestLag = Math.max(longestLag, seen.drainLagMillis());
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("second", second);
      point.put("phase", phase);
      point.put("interval_ms", interval);
      point.put("lag_ms", seen.drainLagMillis());
      point.put("waiting", Figures.round(load.waiting()));
      point.put("cpu", Figures.round(load.cpu()));
      timeline.add(point);
    }
    Figures figures = new Figures("squeeze-simulation");
    figures.put("highest_interval_ms", highest);
    figures.put("interval_at_the_end_ms", interval);
    figures.put("longest_drain_lag_ms", longestLag);
    figures.put("turns_of_the_interval", turns);
    figures.put("timeline", timeline);
    figures.finish();
  }

  private static String phaseOf(int second) {
    if (second <= CALM_SECONDS) {
      return "calm";
    }
    return second <= CALM_SECONDS + SQUEEZED_SECONDS ? "squeezed" : "return";
  }
}
