package io.apfa.realtime.bridge.event;

/** What was read is malformed. Immutable. */
final class MalformedException extends Exception {
  private final Malformed reason;

  MalformedException(Malformed reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  Malformed reason() {
    return reason;
  }
}
