package io.apfa.realtime.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waiting while something else is measured. */
final class Pause {
  private Pause() {}

  /** Returns after {@code seconds}. */
  static void seconds(int seconds) {
    millis(TimeUnit.SECONDS.toMillis(seconds));
  }

  /** Returns after {@code millis}. */
  static void millis(long millis) {
    until(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** Returns when {@link System#nanoTime} is {@code nanos}, at once if it was before. */
  static void until(long nanos) {
    while (System.nanoTime() < nanos) {
      LockSupport.parkNanos(nanos - System.nanoTime());
    }
  }
}
