package io.apfa.realtime.protocol;

/**
 * A token bucket: at most {@code burst + rate × time} permits are ever granted, and a caller that
 * waits as long as it is told is never refused twice for the same permit. Time is an argument, in
 * nanoseconds of any one monotonic ticker; a ticker that goes back counts as no time passed.
 *
 * <p>Confined to its owner's thread.
 */
public final class TokenBucket {
  private static final double NANOS_PER_SECOND = 1e9;

  private double ratePerSecond;
  private double burst;
  private double permits;
  private long refilledNanos;

  /** A full bucket. */
  public TokenBucket(double ratePerSecond, double burst, long nowNanos) {
    this.ratePerSecond = requirePositive("rate", ratePerSecond);
    this.burst = requirePositive("burst", burst);
    this.permits = burst;
    this.refilledNanos = nowNanos;
  }

  /** Takes {@code count} permits if they are there, and says whether it did. */
  public boolean tryAcquire(double count, long nowNanos) {
    refill(nowNanos);
    if (permits + 1e-9 < count) {
      return false;
    }
    permits = Math.max(0, permits - count);
    return true;
  }

  /** How long until {@code count} permits are there, in nanoseconds; 0 = now. */
  public long nanosUntil(double count, long nowNanos) {
    refill(nowNanos);
    double missing = Math.min(count, burst) - permits;
    return missing <= 1e-9 ? 0 : (long) Math.ceil(missing / ratePerSecond * NANOS_PER_SECOND);
  }

  /** Gives back permits that were taken and not used; those above the burst are gone. */
  public void giveBack(double count, long nowNanos) {
    refill(nowNanos);
    permits = Math.min(burst, permits + count);
  }

  /** Applies other limits at once; permits above the new burst are gone. */
  public void configure(double newRatePerSecond, double newBurst, long nowNanos) {
    refill(nowNanos);
    ratePerSecond = requirePositive("rate", newRatePerSecond);
    burst = requirePositive("burst", newBurst);
    permits = Math.min(permits, burst);
  }

  /** Permits there are now. */
  public double available(long nowNanos) {
    refill(nowNanos);
    return permits;
  }

  /** The rate in force. */
  public double ratePerSecond() {
    return ratePerSecond;
  }

  private void refill(long nowNanos) {
    long elapsedNanos = nowNanos - refilledNanos;
    if (elapsedNanos > 0) {
      permits = Math.min(burst, permits + elapsedNanos * ratePerSecond / NANOS_PER_SECOND);
      refilledNanos = nowNanos;
    }
  }

  private static double requirePositive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + ": " + value + " (expected: > 0)");
    }
    return value;
  }
}
