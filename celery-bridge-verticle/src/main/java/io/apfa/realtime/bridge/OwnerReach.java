package io.apfa.realtime.bridge;

import java.util.concurrent.TimeUnit;

/**
 * Whether a leading bridge should let another one try, because no answer of the source's owner
 * reaches it: the network may be split, and a bridge on the owner's side hears the same events.
 *
 * <p>Bound: only while all that waits is so young that a standby still remembers it; who cannot be
 * replaced without loss keeps what it has and waits.
 *
 * <p>Confined to its verticle's context.
 */
final class OwnerReach {
  /** An owner under pressure answers within 2 s, and a new one is there after 3. */
  static final long UNANSWERED_NANOS = TimeUnit.SECONDS.toNanos(4);

  /** A standby remembers {@link Forwarder#RING_AGE_MILLIS}; the rest is for two changes. */
  static final long OLDEST_MILLIS = 12_000;

  /** How long another bridge that is heard no more may still be there, unheard. */
  static final long COMPANY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private boolean asking;
  private long askedNanos;
  private boolean everInCompany;
  private long companyNanos;

  /** The owner was asked, or would have been if one were known. */
  void onAsked(long nowNanos) {
    if (!asking) {
      asking = true;
      askedNanos = nowNanos;
    }
  }

  /** It answered, whatever it said; or nothing is asked of it any more. */
  void onAnswered() {
    asking = false;
  }

  /** Another bridge is heard. */
  void onCompany(long nowNanos) {
    everInCompany = true;
    companyNanos = nowNanos;
  }

  /**
   * Whether to let another bridge try.
   *
   * @param lagMillis age of the oldest message that is not in the log
   */
  boolean shouldYield(long nowNanos, long lagMillis) {
    return asking
        && nowNanos - askedNanos >= UNANSWERED_NANOS
        && lagMillis < OLDEST_MILLIS
        && everInCompany
        && nowNanos - companyNanos < COMPANY_NANOS;
  }
}
