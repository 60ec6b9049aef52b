package io.apfa.realtime.protocol;

/**
 * A place in a source's stream: an epoch and an offset, never one without the other. Its text form
 * is {@code EPOCH:OFFSET}.
 *
 * <p>Immutable.
 *
 * @param epoch random token of one incarnation of the stream
 * @param offset the last offset seen, from 1; 0 = none yet
 */
public record StreamPosition(String epoch, long offset) {
  /** The position of rooms that carry latest values outside the sequence. */
  public static final StreamPosition NONE = new StreamPosition("", 0);

  /**
   * Reads {@code EPOCH:OFFSET}.
   *
   * @throws IllegalArgumentException naming the text and the expected form
   */
  public static StreamPosition parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon >= 0 && text.length() <= 128) {
      try {
        long offset = Long.parseLong(text.substring(colon + 1));
        if (offset >= 0) {
          return new StreamPosition(text.substring(0, colon), offset);
        }
      } catch (NumberFormatException e) {
        // reported below, with every other wrong form
      }
    }
    throw new IllegalArgumentException(
        "position: " + Texts.quote(text, 64) + " (expected: EPOCH:OFFSET, offset >= 0)");
  }

  @Override
  public String toString() {
    return epoch + ":" + offset;
  }
}
