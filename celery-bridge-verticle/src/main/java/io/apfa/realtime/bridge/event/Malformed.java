package io.apfa.realtime.bridge.event;

/** Why a message, or one event of a list, could not be read. Immutable. */
public enum Malformed {
  /** The envelope is not JSON. */
  ENVELOPE_SYNTAX("envelope-syntax"),
  /** The envelope lacks what every kombu envelope has. */
  ENVELOPE_SHAPE("envelope-shape"),
  /** The body's base64 cannot be read. */
  BODY_ENCODING("body-encoding"),
  /** An unknown compression, or compressed bytes that are not what they say. */
  COMPRESSION("compression"),
  /** Larger than the bound, also while inflating. */
  TOO_LARGE("too-large"),
  /** A content type that Celery does not register. */
  CONTENT_TYPE("content-type"),
  /** A pickle: it could run code, so it is never read. */
  PICKLE("pickle"),
  /** The body is not what its content type says. */
  BODY_SYNTAX("body-syntax"),
  /** Neither an event nor a list of events. */
  NOT_AN_EVENT("not-an-event"),
  /** An event without a type. */
  NO_TYPE("no-type"),
  /** A task event without a task. */
  NO_UUID("no-uuid"),
  /** An event without its sender. */
  NO_HOSTNAME("no-hostname"),
  /** An event without a time. */
  NO_TIMESTAMP("no-timestamp");

  private final String word;

  Malformed(String word) {
    this.word = word;
  }

  /** The word in metrics and logs. */
  public String word() {
    return word;
  }
}
