package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Disconnect;
import java.util.List;

/** The write and close side of one session's network connection. Called on the session's thread. */
public interface SessionTransport {
  /**
   * Writes {@code frames} in one go. The transport calls {@link Session#onDrained} once their bytes
   * have left, unless they have before this returns, and {@link Session#onTransportClosed} when it
   * ends for whatever reason.
   *
   * @param bytes of all frames together
   * @return whether all bytes have left, so that {@code onDrained} will not be called for them
   */
  boolean write(List<Frame> frames, long bytes);

  /** Reads what {@link #write} will read; the value means nothing. */
  default int look() {
    return 0;
  }

  /** Asks the other side for a sign of life. */
  void ping();

  /** Ends the connection with {@code disconnect}; {@code reason} stands for its own reason. */
  void close(Disconnect disconnect, String reason);
}
