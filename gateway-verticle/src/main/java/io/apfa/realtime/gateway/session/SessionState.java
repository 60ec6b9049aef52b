package io.apfa.realtime.gateway.session;

import java.util.Set;

/** Where a session stands, and where it may go from there. Immutable. */
public enum SessionState {
  /** Connected; nobody has said yet who it is. */
  AUTHENTICATING,
  /** Served. */
  OPEN,
  /** Over; nothing is sent any more. */
  CLOSED;

  /** The states that may follow. */
  public Set<SessionState> next() {
    return switch (this) {
      case AUTHENTICATING -> Set.of(OPEN, CLOSED);
      case OPEN -> Set.of(CLOSED);
      case CLOSED -> Set.of();
    };
  }
}
