package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.bus.FeedPosition;

/**
 * Which of the bridges' batches to merge: each once, in order, and none of a bridge that was
 * superseded. Batch 0 of a lease is a bridge's first word: it carries no events, and fences the
 * bridge before it while keeping where that one's events ended.
 *
 * <p>Confined to its verticle's context.
 */
final class FeedGate {
  private FeedPosition merged;
  private FeedPosition stored;

  FeedGate(FeedPosition stored) {
    this.merged = stored;
    this.stored = stored;
  }

  /** What to do with a batch. */
  enum Verdict {
    MERGE,
    /** It is merged, and not stored yet. */
    PENDING,
    /** It is stored. */
    DONE,
    /** A newer bridge forwards. */
    FENCED,
    /** Not its turn: a batch before it is missing, or one of the lease before is not stored yet. */
    NOT_YET
  }

  Verdict judge(FeedPosition offered) {
    if (offered.leaseToken() < merged.leaseToken()) {
      return Verdict.FENCED;
    }
    if (offered.leaseToken() == merged.leaseToken()) {
      if (offered.batchNumber() > merged.batchNumber() + 1) {
        return Verdict.NOT_YET;
      }
      if (offered.batchNumber() == merged.batchNumber() + 1) {
        return Verdict.MERGE;
      }
      return stored.covers(offered) ? Verdict.DONE : Verdict.PENDING;
    }
    if (!merged.equals(stored)) {
      // the new bridge goes on after what is stored: what is merged beyond it would come again. The
      // append that is due either stores it, or is refused and the room is read from the store
      return Verdict.NOT_YET;
    }
    boolean first = offered.batchNumber() <= 1 || merged.equals(FeedPosition.NONE);
    return first ? Verdict.MERGE : Verdict.NOT_YET;
  }

  /** Notes that a batch judged MERGE is merged. */
  void onMerged(FeedPosition position) {
    String hash = position.batchNumber() == 0 ? merged.lastHash() : position.lastHash();
    merged = new FeedPosition(position.leaseToken(), position.batchNumber(), hash);
  }

  void onStored(FeedPosition position) {
    stored = position;
  }

  FeedPosition merged() {
    return merged;
  }

  FeedPosition stored() {
    return stored;
  }
}
