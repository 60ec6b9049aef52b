package io.apfa.realtime.testkit;

import io.apfa.realtime.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A wall clock that moves when a test says so. Thread-safe: one atomic. */
public final class ManualClock implements Clock {
  private final AtomicLong millis = new AtomicLong(1_795_555_000_000L);

  @Override
  public long millis() {
    return millis.get();
  }

  /** Lets {@code more} milliseconds pass, or go back, and returns the new time. */
  public long advanceMillis(long more) {
    return millis.addAndGet(more);
  }
}
