package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Texts;

/**
 * Which tasks a subscription wants before its stream: none, the latest some, or all.
 *
 * <p>Immutable.
 *
 * @param limit tasks at most; 0 = none, {@link Integer#MAX_VALUE} = all
 */
public record SnapshotWish(int limit) {
  public static final SnapshotWish NONE = new SnapshotWish(0);
  public static final SnapshotWish ALL = new SnapshotWish(Integer.MAX_VALUE);

  private static final String LATEST = "latest:";
  private static final int MAX_LATEST = 1_000_000;

  /**
   * Reads {@code none}, {@code latest:N} or {@code all}.
   *
   * @throws IllegalArgumentException naming the text and the expected forms
   */
  public static SnapshotWish parse(String text) {
    if (text.equals("none")) {
      return NONE;
    } else if (text.equals("all")) {
      return ALL;
    } else if (text.startsWith(LATEST)) {
      try {
        int limit = Integer.parseInt(text.substring(LATEST.length()));
        if (limit > 0 && limit <= MAX_LATEST) {
          return new SnapshotWish(limit);
        }
      } catch (NumberFormatException e) {
        // reported below, with every other wrong form
      }
    }
    throw new IllegalArgumentException(
        "snapshot: "
            + Texts.quote(text, 32)
            + " (expected: none, latest:N with N from 1 to "
            + MAX_LATEST
            + ", or all)");
  }

  /** Whether any tasks are wanted. */
  public boolean isWanted() {
    return limit > 0;
  }
}
