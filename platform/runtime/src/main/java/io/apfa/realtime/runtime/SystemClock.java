package io.apfa.realtime.runtime;

/** The JDK's wall clock. Thread-safe: it has no state. */
public final class SystemClock implements Clock {
  @Override
  public long millis() {
    return System.currentTimeMillis();
  }
}
