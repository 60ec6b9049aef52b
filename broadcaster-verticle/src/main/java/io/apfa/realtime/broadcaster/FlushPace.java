package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.bus.BusMessage.PressureDirective;
import org.jspecify.annotations.Nullable;

/**
 * How long a flush waits after the one before: the limit in force, longer while the rate-limit
 * leader says so. A directive not renewed for ten seconds no longer counts.
 *
 * <p>The leader directs by the common bounds. A source with bounds of its own goes as far between
 * them as the directed interval is between the common ones, in ratio.
 *
 * <p>Confined to its verticle's context.
 */
final class FlushPace {
  private static final long DIRECTIVE_LINGER_NANOS = 10_000_000_000L;
  private static final double NANOS_PER_MILLI = 1e6;

  private @Nullable PressureDirective directive;
  private long heardNanos;

  void onDirective(PressureDirective heard, long nowNanos) {
    PressureDirective known = directive;
    boolean stale = nowNanos - heardNanos > DIRECTIVE_LINGER_NANOS;
    if (known == null || stale || heard.token() >= known.token()) {
      directive = heard;
      heardNanos = nowNanos;
    }
  }

  /**
   * The interval of a source.
   *
   * @param own the source's limits
   * @param common the limits the leader directs by
   */
  long intervalNanos(Limits own, Limits common, long nowNanos) {
    double base = own.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
    PressureDirective known = directive;
    if (known == null || nowNanos - heardNanos > DIRECTIVE_LINGER_NANOS) {
      return (long) (base * NANOS_PER_MILLI);
    }
    double most = own.get(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    double commonBase = common.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
    double commonMost = common.get(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    double directed =
        Math.max(commonBase, Math.min(commonMost, (double) known.flushIntervalMillis()));
    double interval =
        base == commonBase && most == commonMost
            ? directed
            : base * Math.pow(most / base, part(directed, commonBase, commonMost));
    return (long) (interval * NANOS_PER_MILLI);
  }

  /** How far {@code value} is from {@code least} to {@code most} in ratio, 0 to 1. */
  private static double part(double value, double least, double most) {
    return most > least ? Math.log(value / least) / Math.log(most / least) : 0;
  }
}
