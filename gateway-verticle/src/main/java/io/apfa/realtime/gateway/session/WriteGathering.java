package io.apfa.realtime.gateway.session;

/**
 * Where transports may put off what a flush writes until its end, to write it all together. Called
 * on the core's thread.
 */
public interface WriteGathering {
  /** Every transport writes at once. */
  WriteGathering NONE = new WriteGathering() {};

  /** A flush begins that serves about so many sessions. */
  default void begin(int sessions, long nowNanos) {}

  /** The flush is over: what was put off is written when this returns. */
  default void end() {}
}
