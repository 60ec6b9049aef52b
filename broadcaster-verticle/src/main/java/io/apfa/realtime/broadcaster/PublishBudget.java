package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.runtime.store.StateStore;

/**
 * How many bytes of batches one source may log and send a second. A flush waits until there is room
 * for one like the last; what waits conflates.
 *
 * <p>Confined to its verticle's context.
 */
final class PublishBudget {
  private final TokenBucket bucket;
  private double ratePerSecond;
  private long lastFlushBytes = 1;

  PublishBudget(Limits limits, long nowNanos) {
    ratePerSecond = limits.get(LimitKey.PUBLISH_BYTES_PER_SECOND);
    bucket = new TokenBucket(ratePerSecond, ratePerSecond, nowNanos);
  }

  /** How long the next flush has to wait; 0 = not at all. */
  long waitNanos(Limits limits, long nowNanos) {
    double rate = limits.get(LimitKey.PUBLISH_BYTES_PER_SECOND);
    if (rate != ratePerSecond) {
      ratePerSecond = rate;
      bucket.configure(rate, rate, nowNanos);
    }
    return bucket.nanosUntil((double) lastFlushBytes, nowNanos);
  }

  /** Notes what was logged. */
  void onAppended(StateStore.Append appended, long nowNanos) {
    long bytes = 0;
    for (StateStore.LoggedBatch batch : appended.batches()) {
      bytes += batch.payload().length();
    }
    lastFlushBytes = Math.max(1, bytes);
    bucket.tryAcquire(Math.min((double) bytes, bucket.available(nowNanos)), nowNanos);
  }
}
