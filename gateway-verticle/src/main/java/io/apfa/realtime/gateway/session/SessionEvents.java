package io.apfa.realtime.gateway.session;

import java.util.List;

/** What the session core tells whoever counts. Called on the core's thread. */
public interface SessionEvents {
  /** Nobody counts. */
  SessionEvents NONE = new SessionEvents() {};

  /** Frames were handed to a transport; many calls with the same list come one after the other. */
  default void onFrames(List<Frame> frames) {}

  /** Everyone was served who could be. */
  default void onFlushed() {}

  /** Rows were left out for a session that was held back. */
  default void onConflated(int rows) {}

  /** A session was ended by us. */
  default void onDisconnect(int code) {}

  /** A subscription asked to recover. */
  default void onRecovery(boolean recovered) {}

  /** A hole was found in a source's stream. */
  default void onHole(String source) {}

  /** A batch of a source came, closed at that time. */
  default void onBatch(String source, long closedMillis, int rows, int bytes) {}
}
