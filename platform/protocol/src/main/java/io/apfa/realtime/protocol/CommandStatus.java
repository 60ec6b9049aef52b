package io.apfa.realtime.protocol;

/** Where a command stands. Immutable. */
public enum CommandStatus {
  /** Valid and on its way. */
  ACCEPTED("accepted"),
  /** The worker's own reply or event says so. */
  CONFIRMED("confirmed"),
  /** It did not happen; the reason says why. */
  FAILED("failed");

  private final String word;

  CommandStatus(String word) {
    this.word = word;
  }

  /** The word on the wire. */
  public String word() {
    return word;
  }

  /**
   * The status of {@code word}.
   *
   * @throws IllegalArgumentException for any other word
   */
  public static CommandStatus ofWord(String word) {
    for (CommandStatus status : values()) {
      if (status.word.equals(word)) {
        return status;
      }
    }
    throw new IllegalArgumentException(
        "command status: " + Texts.quote(word, 32) + " (expected: accepted, confirmed or failed)");
  }
}
