package io.apfa.realtime.runtime.store;

import java.time.Duration;

/**
 * How much of a source's log is kept: the newest batches that are within both bounds.
 *
 * <p>Immutable.
 *
 * @param age older batches are dropped with the next append
 * @param bytes of payload and a small overhead a batch; the newest batch always stays
 */
public record LogBound(Duration age, long bytes) {
  /** 10 minutes or 64 MB. */
  public static final LogBound DEFAULT = new LogBound(Duration.ofMinutes(10), 64L * 1024 * 1024);

  /** What a batch costs besides its payload. */
  static final int BATCH_OVERHEAD_BYTES = 64;

  public LogBound {
    if (age.isNegative() || age.isZero() || bytes < 1) {
      throw new IllegalArgumentException(
          "log bound: " + age + ", " + bytes + " bytes (expected: both above 0)");
    }
  }
}
