package io.apfa.realtime.broadcaster;

import io.apfa.realtime.runtime.store.StateStore.Head;
import org.jspecify.annotations.Nullable;

/**
 * What an owner that has the lease again, or found the log elsewhere, does with what it remembers.
 * Immutable.
 */
enum Reconciliation {
  /** The log is where it left it; what was in the air is not in it. */
  GO_ON,
  /** The log is where it left it, and what was in the air is in it. */
  GO_ON_AFTER_OFFERED,
  /** Another owner wrote meanwhile: forget, and load. */
  RELOAD,
  /** The log is gone, or went back: a new epoch from memory. */
  START_OVER;

  /**
   * Decides.
   *
   * @param head what the store has now, read under a token nobody else has
   * @param token what this owner last wrote under
   * @param epoch of its room
   * @param loggedOffset the last it knows to be logged
   * @param offeredOffset the last of what was in the air; {@code loggedOffset} when nothing was
   */
  static Reconciliation decide(
      @Nullable Head head, long token, String epoch, long loggedOffset, long offeredOffset) {
    if (head == null) {
      return START_OVER;
    }
    if (head.token() > token || (!head.epoch().equals(epoch) && !head.storeRestarted())) {
      return RELOAD;
    }
    if (head.storeRestarted()) {
      return START_OVER;
    }
    if (head.offset() == loggedOffset) {
      return GO_ON;
    }
    return head.offset() == offeredOffset ? GO_ON_AFTER_OFFERED : START_OVER;
  }
}
