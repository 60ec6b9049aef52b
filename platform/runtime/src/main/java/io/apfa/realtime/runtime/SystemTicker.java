package io.apfa.realtime.runtime;

/** The JDK's monotonic time. Thread-safe: it has no state. */
public final class SystemTicker implements Ticker {
  @Override
  public long nanos() {
    return System.nanoTime();
  }
}
