package io.apfa.realtime.protocol.bus;

/**
 * How far a source's events are in its owner's log: stored by the append script, so a bridge that
 * takes over knows where to go on.
 *
 * <p>Immutable.
 *
 * @param leaseToken fencing token of the bridge that forwarded; 0 = nothing was ever forwarded
 * @param batchNumber number of its last batch done, from 1 under each token
 * @param lastHash 128-bit hash of the body bytes of the last message covered, 32 hex digits; empty
 *     = none
 */
public record FeedPosition(long leaseToken, long batchNumber, String lastHash) {
  /** Nothing was ever forwarded. */
  public static final FeedPosition NONE = new FeedPosition(0, 0, "");

  /** Whether a batch at {@code other} is done already, or fenced off, when this one is stored. */
  public boolean covers(FeedPosition other) {
    return other.leaseToken < leaseToken
        || (other.leaseToken == leaseToken && other.batchNumber <= batchNumber);
  }
}
