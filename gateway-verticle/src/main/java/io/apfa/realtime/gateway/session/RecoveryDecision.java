package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.StreamPosition;
import org.jspecify.annotations.Nullable;

/** What becomes of a subscription that asks to go on from a position. Immutable. */
enum RecoveryDecision {
  /** No position was asked for: it begins at the head. */
  FRESH,
  /** Everything after the position is at hand. */
  RECOVERED,
  /** What follows the position must be read from the log first. */
  READ_LOG,
  /** The position lies beyond the head: news has not come here yet, or it never was. */
  AHEAD,
  /** The position is of another epoch, or what follows it is gone. */
  LOST;

  /**
   * Decides.
   *
   * @param epoch the stream's epoch
   * @param floor what follows this offset is at hand
   * @param head the stream's last offset, as its owner just said
   */
  static RecoveryDecision decide(
      @Nullable StreamPosition asked, String epoch, long floor, long head) {
    if (asked == null) {
      return FRESH;
    }
    if (!asked.epoch().equals(epoch)) {
      return LOST;
    }
    if (asked.offset() > head) {
      return AHEAD;
    }
    return asked.offset() >= floor ? RECOVERED : READ_LOG;
  }
}
