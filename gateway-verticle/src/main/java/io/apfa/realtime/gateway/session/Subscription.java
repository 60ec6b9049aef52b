package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import org.jspecify.annotations.Nullable;

/**
 * A session's membership of one room, with its own position.
 *
 * <p>Confined to its verticle's context.
 */
public final class Subscription {
  /** Where a subscription stands. */
  enum Phase {
    /** Its source is not confirmed by an owner yet, or what it missed is being read. */
    WAITING,
    /** Its snapshot is being made or sent; what is live meanwhile is held by its position. */
    SNAPSHOT,
    /** It gets what comes. */
    LIVE
  }

  private final Session session;
  private final Room room;
  private final Feed feed;
  private final Request request;

  /** The request's; it is looked at for each frame. */
  private final Format format;

  private int place = Feed.NOWHERE;
  private Phase phase = Phase.WAITING;
  private @Nullable StreamPosition asked;
  private long end;
  private long generation;
  private @Nullable Snapshot snapshot;
  private int nextPart;
  private long snapshotNanos;
  private boolean wantsRegistered;
  private long seenEnd;
  private long seenNanos;

  /**
   * What a client asked for.
   *
   * @param informed whether it wants {@code registered}; a stock client does not
   * @param position where it wants to go on; null = now
   */
  public record Request(
      Format format, boolean informed, @Nullable StreamPosition position, SnapshotWish snapshot) {
    /** A subscription as the stock bridge knows it. */
    public static Request plain(Format format) {
      return new Request(format, false, null, SnapshotWish.NONE);
    }
  }

  Subscription(Session session, Room room, Feed feed, Request request) {
    this.session = session;
    this.room = room;
    this.feed = feed;
    this.request = request;
    this.format = request.format();
    this.asked = request.position();
    this.wantsRegistered = request.informed();
  }

  Session session() {
    return session;
  }

  Room room() {
    return room;
  }

  Feed feed() {
    return feed;
  }

  Request request() {
    return request;
  }

  Format format() {
    return format;
  }

  /** Where it stands in its feed's list; the feed sets it. */
  int place() {
    return place;
  }

  void setPlace(int value) {
    place = value;
  }

  Phase phase() {
    return phase;
  }

  /** The last offset that the client has, or is being sent. */
  long end() {
    return end;
  }

  /** The position it waits to go on from; null = now. */
  @Nullable StreamPosition asked() {
    return asked;
  }

  boolean wantsRegistered() {
    return wantsRegistered;
  }

  /** The next part of its snapshot; null when there is none (any more). */
  @Nullable Frame nextPart() {
    Snapshot current = snapshot;
    return current == null ? null : current.parts().get(nextPart);
  }

  long snapshotNanos() {
    return snapshotNanos;
  }

  /** It waits, to go on from {@code position}. */
  void await(@Nullable StreamPosition position) {
    phase = Phase.WAITING;
    asked = position;
    snapshot = null;
  }

  /** The stream goes on after {@code offset}. */
  void goLive(long offset) {
    phase = Phase.LIVE;
    end = offset;
    generation = 0;
    asked = null;
    snapshot = null;
  }

  /** A snapshot is being made. */
  void awaitSnapshot() {
    phase = Phase.SNAPSHOT;
    snapshot = null;
    asked = null;
  }

  /** Its snapshot is there. */
  void beginSnapshot(Snapshot made, long nowNanos) {
    snapshot = made;
    generation = 0;
    nextPart = 0;
    end = made.position().offset();
    snapshotNanos = nowNanos;
  }

  /** A part was written; whether it was the last. */
  boolean partWritten() {
    Snapshot current = snapshot;
    nextPart++;
    if (current == null || nextPart >= current.parts().size()) {
      snapshot = null;
      phase = Phase.LIVE;
      return true;
    }
    return false;
  }

  /** The generation of deltas it is in step with; 0 = none. */
  long generation() {
    return generation;
  }

  /** Frames up to {@code offset} were written; it is in step with {@code newGeneration}. */
  void advance(long offset, long newGeneration) {
    end = offset;
    generation = newGeneration;
  }

  /** How long its position has stood still, as far as these calls saw it. */
  long quietNanos(long nowNanos) {
    if (phase != Phase.LIVE || end != seenEnd) {
      seenEnd = end;
      seenNanos = nowNanos;
    }
    return nowNanos - seenNanos;
  }
}
