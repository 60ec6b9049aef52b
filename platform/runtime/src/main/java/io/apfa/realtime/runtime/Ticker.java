package io.apfa.realtime.runtime;

/** Monotonic time, for durations. Thread-safe in every implementation. */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since an arbitrary moment; never goes back. */
  long nanos();
}
