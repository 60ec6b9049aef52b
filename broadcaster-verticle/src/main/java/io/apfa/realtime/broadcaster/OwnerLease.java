package io.apfa.realtime.broadcaster;

import io.apfa.realtime.runtime.store.StateStore.LeaseAnswer;
import java.time.Duration;

/**
 * What one node knows of the lease on a source. It counts from the moment a renewal was asked for,
 * on the monotonic ticker, so that this node stops before anyone else can start.
 *
 * <p>Confined to its verticle's context.
 */
final class OwnerLease {
  private static final int ASKS_PER_TTL = 6;
  private static final int LOST_AFTER_ASKS = 3;

  private final long ttlNanos;
  private final long askNanos;
  private boolean held;
  private long token;
  private long untilNanos;
  private boolean asking;
  private long askedNanos;

  OwnerLease(Duration ttl, long nowNanos) {
    this.ttlNanos = ttl.toNanos();
    this.askNanos = ttlNanos / ASKS_PER_TTL;
    this.askedNanos = nowNanos - askNanos;
    this.untilNanos = nowNanos;
  }

  /** Whether to ask the store now; an unanswered question is given up after three more. */
  boolean isDue(long nowNanos) {
    long waited = nowNanos - askedNanos;
    return waited >= (asking ? LOST_AFTER_ASKS * askNanos : askNanos);
  }

  void onAsked(long nowNanos) {
    asking = true;
    askedNanos = nowNanos;
  }

  /** Takes an answer to a question asked at {@code asked}. */
  void onAnswer(LeaseAnswer answer, long asked) {
    if (asked == askedNanos) {
      asking = false;
    }
    held = answer.held();
    token = answer.token();
    if (held) {
      untilNanos = asked + ttlNanos;
    }
  }

  /** Notes that a question failed: the lease, if held, runs out by itself. */
  void onFailure(long asked) {
    if (asked == askedNanos) {
      asking = false;
    }
  }

  /** Gives it up. */
  void drop() {
    held = false;
  }

  /** Whether this node may act as the owner. */
  boolean isHeld(long nowNanos) {
    return held && nowNanos - untilNanos < 0;
  }

  /** The token of the last answer. */
  long token() {
    return token;
  }
}
