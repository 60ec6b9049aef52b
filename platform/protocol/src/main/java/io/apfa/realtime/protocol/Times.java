package io.apfa.realtime.protocol;

/**
 * Wall-clock times are whole milliseconds since the Unix epoch everywhere inside the system: they
 * are rounded once, in the bridge, so every encoding is lossless from there. On the wire to the
 * browser they are seconds with three decimals.
 *
 * <p>Immutable.
 */
public final class Times {
  /** A time nobody has told us. Absent on the wire. */
  public static final long UNKNOWN_MILLIS = -1L;

  private Times() {}

  /** Whether {@code millis} is a known time. */
  public static boolean isKnown(long millis) {
    return millis >= 0;
  }

  /**
   * Rounds Celery's epoch seconds (a Python float) to whole milliseconds.
   *
   * @return {@link #UNKNOWN_MILLIS} for NaN, infinities, negative times and times past the year
   *     9999
   */
  public static long fromEpochSeconds(double seconds) {
    if (!(seconds >= 0) || seconds > 253_402_300_799.0) {
      return UNKNOWN_MILLIS;
    }
    return Math.round(seconds * 1000.0);
  }

  /** Epoch seconds of {@code millis}, for wire forms. */
  public static double toEpochSeconds(long millis) {
    return millis / 1000.0;
  }
}
