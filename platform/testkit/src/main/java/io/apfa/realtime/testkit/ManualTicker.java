package io.apfa.realtime.testkit;

import io.apfa.realtime.runtime.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A ticker that moves when a test says so. Thread-safe: one atomic. */
public final class ManualTicker implements Ticker {
  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Lets {@code duration} pass and returns the new time. */
  public long advance(Duration duration) {
    return nanos.addAndGet(duration.toNanos());
  }

  /** Lets {@code millis} pass and returns the new time. */
  public long advanceMillis(long millis) {
    return advance(Duration.ofMillis(millis));
  }
}
