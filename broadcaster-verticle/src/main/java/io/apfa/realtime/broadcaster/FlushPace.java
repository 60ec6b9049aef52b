package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.bus.BusMessage.PressureDirective;
import org.jspecify.annotations.Nullable;

/**
 * How long a flush waits after the one before: the limit in force, longer while the rate-limit
 * leader says so. A directive not renewed for ten seconds no longer counts.
 *
 * <p>Confined to its verticle's context.
 */
final class FlushPace {
  private static final long DIRECTIVE_LINGER_NANOS = 10_000_000_000L;

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

  long intervalNanos(Limits limits, long nowNanos) {
    long base = limits.getNanosOfMillis(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
    PressureDirective known = directive;
    if (known == null || nowNanos - heardNanos > DIRECTIVE_LINGER_NANOS) {
      return base;
    }
    long most = limits.getNanosOfMillis(LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    return Math.max(base, Math.min(most, known.flushIntervalMillis() * 1_000_000));
  }
}
