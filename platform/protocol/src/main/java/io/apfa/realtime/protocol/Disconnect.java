package io.apfa.realtime.protocol;

/**
 * Every way we end a connection. Clients act on the code, never on the text.
 *
 * <p>Immutable.
 */
public enum Disconnect {
  SHUTDOWN(3000, "shutting down", true),
  ROOM_RESTARTED(3001, "room ownership restarted", true),
  SLOW(3002, "slow consumer", true),
  TOO_MANY_SESSIONS(3003, "too many sessions", true),
  RATE_EXCEEDED(3004, "rate exceeded", true),
  HEARTBEAT_MISSED(3005, "heartbeat missed", true),
  TOKEN_EXPIRED(3006, "token expired", true),
  UNAUTHORIZED(3500, "unauthorized", false),
  FORBIDDEN_ORIGIN(3501, "forbidden origin", false),
  TOKEN_REVOKED(3502, "token revoked", false),
  BAD_FRAME(3503, "bad frame", false),
  TOO_LARGE(3504, "message too large", false);

  private final int code;
  private final String reason;
  private final boolean reconnect;

  Disconnect(int code, String reason, boolean reconnect) {
    this.code = code;
    this.reason = reason;
    this.reconnect = reconnect;
  }

  /** The WebSocket close code. */
  public int code() {
    return code;
  }

  /** The close reason, at most 123 bytes of UTF-8 (RFC 6455, section 5.5). */
  public String reason() {
    return reason;
  }

  /** Whether the client should come back. */
  public boolean isReconnect() {
    return reconnect;
  }
}
