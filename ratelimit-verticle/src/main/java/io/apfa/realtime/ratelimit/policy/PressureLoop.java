package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;

/**
 * The control loop from pressure to flush interval: additive recovery, multiplicative slowing, with
 * a dead band between the two so that it does not hunt. One step a second.
 *
 * <p>Confined to its verticle's context.
 */
public final class PressureLoop {
  private static final double SLOW_FACTOR = 1.6;
  private static final double RECOVER_FRACTION = 0.2;
  private static final double HIGH = 0.8;
  private static final double LOW = 0.5;

  /** One high step may be a collection or a compilation; two in a row are pressure. */
  private static final int HIGH_STEPS = 2;

  private double intervalMillis;
  private int highSteps;
  private int stepsAtMax;

  /**
   * What to do now.
   *
   * @param flushIntervalMillis between the bounds in force
   * @param conflation 0 = none, 1 = bridges may conflate by task
   * @param admitting whether gateways admit new sessions
   */
  public record Directive(long flushIntervalMillis, int conflation, boolean admitting) {}

  /**
   * One step.
   *
   * @param pressure the worst of the nodes': 0 = idle, 1 = at the limit of what it can bear
   */
  public Directive step(double pressure, Limits limits) {
    double min = limits.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
    double max = limits.get(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    if (intervalMillis < min) {
      intervalMillis = min;
    }
    highSteps = pressure > HIGH ? highSteps + 1 : 0;
    if (highSteps >= HIGH_STEPS) {
      intervalMillis = Math.min(max, Math.max(intervalMillis, 1) * SLOW_FACTOR);
    } else if (pressure < LOW) {
      double step = Math.max(1, (intervalMillis - min) * RECOVER_FRACTION);
      intervalMillis = Math.max(min, intervalMillis - step);
    }
    intervalMillis = Math.min(max, intervalMillis);
    stepsAtMax = pressure > HIGH && intervalMillis >= max ? stepsAtMax + 1 : 0;
    int conflation = intervalMillis >= max / 2 && max > min ? 1 : 0;
    return new Directive(Math.round(intervalMillis), conflation, stepsAtMax < 3);
  }

  /**
   * The pressure of one node's report, 0 to more than 1.
   *
   * @param outboxBytesPerSession unsent bytes per session
   * @param outboxLimitBytes what one session may have
   */
  public static double pressureOf(
      double outboxBytesPerSession,
      double outboxLimitBytes,
      long drainLagMillis,
      long loopLagMillis,
      double cpu) {
    double outbox = outboxBytesPerSession / (outboxLimitBytes / 4);
    double drain = drainLagMillis / 500.0;
    double loop = loopLagMillis / 250.0;
    double cpuShare = cpu > 0.9 ? cpu : cpu * 0.5;
    return Math.max(Math.max(outbox, drain), Math.max(loop, cpuShare));
  }
}
