package io.apfa.realtime.launcher.demo;

/**
 * How a run of a task ends: {@code result} is JSON when it succeeds, else {@code type} and {@code
 * message} are its exception. Immutable.
 */
record Outcome(Kind kind, String result, String type, String message) {
  /** The three ways. */
  enum Kind {
    SUCCESS,
    FAILURE,
    RETRY
  }

  static Outcome success(String result) {
    return new Outcome(Kind.SUCCESS, result, "", "");
  }

  static Outcome failure(String type, String message) {
    return new Outcome(Kind.FAILURE, "", type, message);
  }

  static Outcome retry(String type, String message) {
    return new Outcome(Kind.RETRY, "", type, message);
  }

  /** The exception as Python writes it. */
  String exception() {
    return type + "('" + message + "')";
  }

  /** A traceback that says where it comes from. */
  String traceback(String task) {
    return "Traceback (most recent call last):\n  File \"<APFA demo generator>\", in "
        + task
        + "\n"
        + type
        + ": "
        + message
        + "\n";
  }
}
