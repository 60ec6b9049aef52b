package io.apfa.realtime.bridge;

/**
 * How long decoding takes, from how long it took: tells what is short enough for the event loop,
 * where it costs no change of threads and what is decoded is still in the cache.
 *
 * <p>Confined to its verticle's context.
 */
final class DecodeSpeed {
  /** What may be decoded before anything was measured, and always. */
  static final long ALWAYS_SHORT_BYTES = 32 * 1024;

  /** Longest decoding on the event loop. */
  static final long SHORT_NANOS = 1_000_000;

  private static final double NEWEST_SHARE = 0.1;

  private double nanosPerByte = Double.NaN;

  /** Whether {@code bytes} of messages are decoded in a millisecond. */
  boolean isShort(long bytes) {
    return bytes <= ALWAYS_SHORT_BYTES || bytes * nanosPerByte <= SHORT_NANOS;
  }

  /** Notes that {@code bytes} took {@code nanos}. */
  void onDecoded(long bytes, long nanos) {
    if (bytes > 0) {
      double measured = (double) nanos / bytes;
      nanosPerByte =
          Double.isNaN(nanosPerByte)
              ? measured
              : nanosPerByte + NEWEST_SHARE * (measured - nanosPerByte);
    }
  }
}
