package io.apfa.realtime.gateway.transport;

import java.util.concurrent.TimeUnit;

/**
 * When helpers are woken for a flush. Two processors that write to sockets at once need 15 to 25 %
 * more of their time for each write than one does ({@code scripts/bench fanout}), so a gateway that
 * writes little does it alone; one that writes much would be late without them.
 *
 * <p>It pays in a flush to {@value #MIN_SESSIONS} sessions and more, once {@value #MIN_WRITES}
 * writes were asked for in {@value #WINDOW_MILLIS} ms: a quarter of a thread's time. Confined to
 * one thread.
 */
final class HelpPolicy {
  /** Fewer take a thread about 0.3 ms: not worth waking another. */
  static final int MIN_SESSIONS = 64;

  static final int MIN_WRITES = 5_000;
  static final int WINDOW_MILLIS = 100;
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(WINDOW_MILLIS);

  private long windowStart;
  private int inWindow;
  private int inWindowBefore;

  /** Counts a flush to {@code sessions}, and says whether helpers are to take part in it. */
  boolean pays(int sessions, long nowNanos) {
    long age = nowNanos - windowStart;
    if (age < 0 || age >= WINDOW_NANOS) { // a clock may begin below 0
      inWindowBefore = age < 2 * WINDOW_NANOS ? inWindow : 0;
      inWindow = 0;
      windowStart = nowNanos;
    }
    inWindow += sessions;
    return sessions >= MIN_SESSIONS && Math.max(inWindow, inWindowBefore) >= MIN_WRITES;
  }
}
