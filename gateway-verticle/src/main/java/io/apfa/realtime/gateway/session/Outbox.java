package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.TokenBucket;

/**
 * What one session may be sent now: its permits, the bytes that have not left yet, and since when
 * it is held back. It holds no frames: what comes next is composed from the session's positions.
 *
 * <p>Confined to its verticle's context.
 */
final class Outbox {
  /** Batches stop when this part of the bound is unsent; replies may fill the rest. */
  private static final int HOLD_FRACTION = 8;

  private static final long MIN_HOLD_BYTES = 4096;
  private static final long NOT_HELD = Long.MIN_VALUE;
  private static final long NONE_LATER = Long.MIN_VALUE;

  private TokenBucket permits;
  private Limits limits;
  private long unsentBytes;
  private long oldestBytes;
  private long oldestNanos;
  private long laterNanos = NONE_LATER;
  private long drainedNanos;
  private long heldSinceNanos = NOT_HELD;

  Outbox(Limits limits, long nowNanos) {
    this.limits = limits;
    this.drainedNanos = nowNanos;
    this.permits = fullBucket(limits, nowNanos);
  }

  private static TokenBucket fullBucket(Limits limits, long nowNanos) {
    return new TokenBucket(
        limits.get(LimitKey.SESSION_MESSAGES_PER_SECOND),
        limits.get(LimitKey.SESSION_BURST),
        nowNanos);
  }

  /** It has all its permits, as after a rest. */
  void rest(long nowNanos) {
    permits = fullBucket(limits, nowNanos);
  }

  void applyLimits(Limits newLimits, long nowNanos) {
    limits = newLimits;
    permits.configure(
        newLimits.get(LimitKey.SESSION_MESSAGES_PER_SECOND),
        newLimits.get(LimitKey.SESSION_BURST),
        nowNanos);
  }

  /** Reads its memory; the value means nothing. */
  int look() {
    return (int) heldSinceNanos + (int) permits.ratePerSecond();
  }

  long unsentBytes() {
    return unsentBytes;
  }

  void onWritten(long bytes, long nowNanos) {
    if (unsentBytes == 0) {
      oldestBytes = bytes;
      oldestNanos = nowNanos;
      laterNanos = NONE_LATER;
    } else if (laterNanos == NONE_LATER) {
      laterNanos = nowNanos;
    }
    unsentBytes += bytes;
  }

  void onDrained(long bytes, long nowNanos) {
    unsentBytes = Math.max(0, unsentBytes - bytes);
    oldestBytes -= bytes;
    if (oldestBytes <= 0 && unsentBytes > 0 && laterNanos != NONE_LATER) {
      oldestBytes = unsentBytes;
      oldestNanos = laterNanos;
      laterNanos = NONE_LATER;
    }
    drainedNanos = nowNanos;
  }

  /**
   * How long the oldest write that has not wholly left has waited; 0 when everything has left.
   *
   * <p>Two times stand for all writes: that of the oldest, and that of the first after it. When the
   * oldest has left, all that were written since count as one with the time of their first. So it
   * is never less than it is, and at most as much more as the write before took to leave.
   */
  long drainLagNanos(long nowNanos) {
    return unsentBytes == 0 ? 0 : Math.max(0, nowNanos - oldestNanos);
  }

  /** Whether more is unsent than the bound allows. */
  boolean isOverflown() {
    return unsentBytes > limits.getLong(LimitKey.SESSION_OUTBOX_BYTES);
  }

  /** Whether batches and snapshots must wait until more has left. */
  boolean isFull() {
    return unsentBytes
        > Math.max(MIN_HOLD_BYTES, limits.getLong(LimitKey.SESSION_OUTBOX_BYTES) / HOLD_FRACTION);
  }

  /** Whether nothing has left for the slow timeout although something should. */
  boolean isStuck(long nowNanos) {
    if (unsentBytes == 0) {
      drainedNanos = nowNanos;
    }
    return nowNanos - drainedNanos > limits.getNanosOfMillis(LimitKey.SESSION_SLOW_TIMEOUT_MILLIS);
  }

  /** Whether it is held back. */
  boolean isHeld() {
    return heldSinceNanos != NOT_HELD;
  }

  /** It is held back, if it was not before. */
  void hold(long nowNanos) {
    if (heldSinceNanos == NOT_HELD) {
      heldSinceNanos = nowNanos;
    }
  }

  /** Everything was sent. */
  void release() {
    heldSinceNanos = NOT_HELD;
  }

  /** Takes a permit for a flush, or none when it has been held for as long as may be. */
  boolean mayFlush(long nowNanos) {
    return !isFull()
        && (permits.tryAcquire(1, nowNanos)
            || (isHeld()
                && nowNanos - heldSinceNanos
                    >= limits.getNanosOfMillis(LimitKey.SESSION_MAX_HOLD_MILLIS)));
  }
}
