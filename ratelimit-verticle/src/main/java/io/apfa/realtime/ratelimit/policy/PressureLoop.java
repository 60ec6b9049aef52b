package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;

/**
 * The control loop from pressure to flush interval: additive recovery, multiplicative slowing, with
 * a dead band between the two so that it does not hunt. One step a second.
 *
 * <p>What waits (bytes, writes, event loops) may lengthen the interval to its upper bound, and
 * closes admission when that does not help. Busy processors alone hurt nobody yet, and their work
 * may be another than flushing: near saturation they lengthen the interval to the geometric mean of
 * its bounds at most, and never close admission.
 *
 * <p>Confined to its verticle's context.
 */
public final class PressureLoop {
  private static final double SLOW_FACTOR = 1.6;
  private static final double RECOVER_FRACTION = 0.2;
  private static final double HIGH = 0.8;
  private static final double LOW = 0.5;
  private static final double CPU_HIGH = 0.9;

  /** Below {@code CPU_HIGH} by more than one step of recovery adds to it, else it would hunt. */
  private static final double CPU_LOW = 0.7;

  private static final double DRAIN_LAG_MILLIS = 500;
  private static final double LOOP_LAG_MILLIS = 250;

  /** A session's batches stop at this part of its bound: that many bytes for each is the most. */
  private static final double OUTBOX_FRACTION = 1 / 8.0;

  /** One high step may be a collection or a compilation; two in a row are pressure. */
  private static final int HIGH_STEPS = 2;

  private static final int STEPS_AT_MAX = 3;

  private double intervalMillis;
  private int highSteps;
  private int stepsAtMax;

  /**
   * What weighs on a node.
   *
   * @param waiting the worst of what waits: 0 = nothing does, 1 = at the limit of what can be borne
   * @param cpu share of its processors that the process uses, 0 to 1
   */
  public record Load(double waiting, double cpu) {
    /** An idle node's. */
    public static final Load NONE = new Load(0, 0);

    /** Of each the larger. */
    public Load worst(Load other) {
      return new Load(Math.max(waiting, other.waiting), Math.max(cpu, other.cpu));
    }
  }

  /**
   * What to do now.
   *
   * @param flushIntervalMillis between the bounds in force
   * @param admitting whether gateways admit new sessions
   */
  public record Directive(long flushIntervalMillis, boolean admitting) {}

  /**
   * One step.
   *
   * @param load the worst of the nodes'
   */
  public Directive step(Load load, Limits limits) {
    double min = limits.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
    double max = limits.get(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    double busyMax = Math.min(max, Math.sqrt(min * max));
    boolean waits = load.waiting() > HIGH;
    intervalMillis = Math.min(max, Math.max(min, intervalMillis));
    highSteps = waits || load.cpu() > CPU_HIGH ? highSteps + 1 : 0;
    double bound = waits ? max : busyMax;
    if (highSteps >= HIGH_STEPS && intervalMillis < bound) {
      intervalMillis = Math.min(bound, intervalMillis * SLOW_FACTOR);
    } else if (load.waiting() < LOW) {
      recover(min, load.cpu() < CPU_LOW ? min : Math.min(intervalMillis, busyMax));
    }
    stepsAtMax = waits && intervalMillis >= max ? stepsAtMax + 1 : 0;
    return new Directive(Math.round(intervalMillis), stepsAtMax < STEPS_AT_MAX);
  }

  private void recover(double min, double floor) {
    double step = Math.max(1, (intervalMillis - min) * RECOVER_FRACTION);
    intervalMillis = Math.max(floor, intervalMillis - step);
  }

  /**
   * The load that one node's report means. A flush after a long interval is large, and takes its
   * time to encode and to leave: what is late by less than a part of the interval waits for no
   * reason but that, and would not be helped by a longer one.
   *
   * @param outboxBytesPerSession unsent bytes per session
   * @param outboxLimitBytes what one session may have
   * @param cpu share of the processors in use, 0 to 1
   * @param intervalMillis the flush interval in force; 0 = not known
   */
  public static Load loadOf(
      double outboxBytesPerSession,
      double outboxLimitBytes,
      long drainLagMillis,
      long loopLagMillis,
      double cpu,
      long intervalMillis) {
    double outbox = outboxBytesPerSession / (outboxLimitBytes * OUTBOX_FRACTION);
    double drain = drainLagMillis / Math.max(DRAIN_LAG_MILLIS, (double) intervalMillis);
    double loop = loopLagMillis / Math.max(LOOP_LAG_MILLIS, (double) intervalMillis);
    return new Load(Math.max(outbox, Math.max(drain, loop)), cpu);
  }
}
