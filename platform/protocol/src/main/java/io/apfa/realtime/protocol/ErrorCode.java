package io.apfa.realtime.protocol;

/**
 * Every refusal a client can get, with the number it has in an {@code err} frame and the HTTP
 * status it has on the HTTP API.
 *
 * <p>Immutable.
 */
public enum ErrorCode {
  BAD_REQUEST(400, "BAD_REQUEST"),
  UNAUTHORIZED(401, "UNAUTHORIZED"),
  FORBIDDEN(403, "FORBIDDEN"),
  NOT_FOUND(404, "NOT_FOUND"),
  CONFLICT(409, "CONFLICT"),
  TOO_LARGE(413, "TOO_LARGE"),
  UNSUPPORTED_MEDIA_TYPE(415, "UNSUPPORTED_MEDIA_TYPE"),
  RATE_EXCEEDED(429, "RATE_EXCEEDED"),
  INTERNAL(500, "INTERNAL"),
  UNAVAILABLE(503, "UNAVAILABLE");

  private final int number;
  private final String type;

  ErrorCode(int number, String type) {
    this.number = number;
    this.type = type;
  }

  /** {@code failureCode} of an {@code err}, and the HTTP status. */
  public int number() {
    return number;
  }

  /** {@code failureType} of an {@code err}. */
  public String type() {
    return type;
  }
}
