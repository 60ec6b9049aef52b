package io.apfa.realtime.runtime;

/** Wall-clock time, for leases and time stamps. Thread-safe in every implementation. */
@FunctionalInterface
public interface Clock {
  /** Milliseconds since the Unix epoch; may jump. */
  long millis();
}
