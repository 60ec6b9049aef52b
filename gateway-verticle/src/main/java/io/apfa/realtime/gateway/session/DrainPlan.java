package io.apfa.realtime.gateway.session;

/**
 * When each session of a gateway that leaves is closed, and how long it is told to wait before it
 * comes back. Returns are spread evenly over four fifths of the drain window (all but two seconds
 * of one longer than ten), so that the last one is back, not only closed, when it ends. A session
 * is closed a little before its return is due: a short pause of the event loop then bunches
 * closings, and no returns. After a longer one the rest is spread over the rest of the window, at
 * no more than twice the planned pace.
 *
 * <p>Without a window all are closed at once, and told to come back spread over two seconds.
 *
 * <p>Confined to its verticle's context.
 */
public final class DrainPlan {
  /** What the last one has to connect, to register and to be told what it missed. */
  private static final long LONGEST_RESERVE_NANOS = 2_000_000_000L;

  private static final long LONGEST_LEAD_NANOS = 200_000_000L;
  private static final long SPREAD_WITHOUT_WINDOW_NANOS = 2_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** Not due yet, or none is left. */
  public static final long NOT_NOW = -1;

  private final long endNanos;
  private final long leadNanos;
  private final long shortestNanos;
  private long nextNanos;
  private int left;

  /**
   * A plan for {@code count} sessions.
   *
   * @param windowNanos {@code drain.window-millis}; 0 = close all at once
   */
  public DrainPlan(int count, long windowNanos, long nowNanos) {
    long spreadNanos =
        windowNanos == 0
            ? SPREAD_WITHOUT_WINDOW_NANOS
            : windowNanos - Math.min(LONGEST_RESERVE_NANOS, windowNanos / 5);
    this.left = count;
    this.nextNanos = nowNanos;
    this.endNanos = nowNanos + spreadNanos;
    this.leadNanos =
        windowNanos == 0 ? spreadNanos : Math.min(LONGEST_LEAD_NANOS, windowNanos / 20);
    this.shortestNanos = spreadNanos / Math.max(1, 2L * count);
  }

  /**
   * The delay in milliseconds to close the next session with, now; {@link #NOT_NOW} when none is
   * due. Asked again until it says so.
   */
  public long nextDelayMillis(long nowNanos) {
    if (left == 0 || nextNanos - nowNanos > leadNanos) {
      return NOT_NOW;
    }
    if (nextNanos - nowNanos < 0) {
      nextNanos = nowNanos;
    }
    long delayMillis = (nextNanos - nowNanos) / NANOS_PER_MILLI;
    nextNanos += Math.max(shortestNanos, (endNanos - nextNanos) / left);
    left--;
    return delayMillis;
  }
}
