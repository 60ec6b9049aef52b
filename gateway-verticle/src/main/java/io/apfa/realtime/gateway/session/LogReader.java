package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.StreamPosition;
import org.jspecify.annotations.Nullable;

/**
 * When one source's log is read: for holes in the stream, and for those who recover from before
 * what is at hand. One reading of each kind is under way at a time, for everyone.
 *
 * <p>Confined to its verticle's context.
 */
final class LogReader {
  /** How long the head may be ahead of the last publication before the log is asked. */
  static final long HEAD_GRACE_NANOS = 40_000_000L;

  private final String source;
  private final SourceStream stream;
  private final Upstream upstream;
  private final SessionEvents events;
  private long behindSinceNanos = Long.MIN_VALUE;
  private boolean pulling;
  private boolean readingBack;
  private long lostBelow;

  LogReader(String source, SourceStream stream, Upstream upstream, SessionEvents events) {
    this.source = source;
    this.stream = stream;
    this.upstream = upstream;
    this.events = events;
  }

  /** Reads what follows the head, unless that is under way. */
  void pull() {
    if (!pulling) {
      pulling = true;
      events.onHole(source);
      upstream.pull(source, stream.epoch(), stream.head() + 1);
    }
  }

  void onPullDone() {
    pulling = false;
  }

  /** Reads what is between {@code from} and the floor, unless a reading is under way. */
  void readBack(long from) {
    if (!readingBack) {
      readingBack = true;
      upstream.readBack(source, stream.epoch(), from, stream.floor());
    }
  }

  boolean isReadingBack() {
    return readingBack;
  }

  void onReadBackDone() {
    readingBack = false;
  }

  /** The log has lost {@code offset}, so it has lost everything before it. */
  void onLost(long offset) {
    lostBelow = Math.max(lostBelow, offset);
  }

  /** The stream began anew: nothing is known of its log. */
  void restart() {
    lostBelow = 0;
  }

  /** What becomes of someone who asks to go on from {@code asked} in {@code feed}. */
  RecoveryDecision decide(@Nullable StreamPosition asked, StreamFeed feed) {
    RecoveryDecision decision =
        RecoveryDecision.decide(asked, stream.epoch(), feed.floor(), stream.announcedHead());
    boolean trimmed =
        decision == RecoveryDecision.READ_LOG && asked != null && asked.offset() + 1 <= lostBelow;
    return trimmed ? RecoveryDecision.LOST : decision;
  }

  /** Pulls what was announced and did not come within the grace. */
  void tick(long nowNanos) {
    if (!stream.isBehind()) {
      behindSinceNanos = Long.MIN_VALUE;
    } else if (behindSinceNanos == Long.MIN_VALUE) {
      behindSinceNanos = nowNanos;
    } else if (nowNanos - behindSinceNanos > HEAD_GRACE_NANOS) {
      pull();
    }
  }
}
