package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP clients that wait for updates of one source's rooms.
 *
 * <p>Confined to its verticle's context.
 */
final class Polls {
  /** How long after its deadline a poll that cannot be answered is kept. */
  static final long GRACE_NANOS = 10_000_000_000L;

  private final SourceRooms rooms;
  private final LatestHub latest;
  private final LogReader log;
  private final List<Poll> waiting = new ArrayList<>();

  Polls(SourceRooms rooms, LatestHub latest, LogReader log) {
    this.rooms = rooms;
    this.latest = latest;
    this.log = log;
  }

  void add(Poll poll) {
    waiting.add(poll);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether someone waits for {@code room}. */
  boolean isOf(Room room) {
    return waiting.stream().anyMatch(poll -> poll.room().equals(room));
  }

  /** Answers whoever can be answered. The source is live. */
  void answer(long nowNanos) {
    for (Poll poll : List.copyOf(waiting)) {
      Poll.Answer answer = answerOf(poll, nowNanos);
      if (answer != null) {
        waiting.remove(poll);
        poll.answer().accept(answer);
      }
    }
  }

  /** Forgets those whose client has been told that the source has no owner. */
  void giveUp(long nowNanos) {
    waiting.removeIf(poll -> nowNanos - poll.deadlineNanos() > GRACE_NANOS);
  }

  private Poll.@Nullable Answer answerOf(Poll poll, long nowNanos) {
    if (poll.room().kind().isLatestValues()) {
      LatestFeed feed = latest.feed(poll.room().kind());
      return latest.isKnown()
          ? new Poll.Answer(
              StreamPosition.NONE, false, List.of(Batch.ofLatestValues(0, feed.all())))
          : null;
    }
    StreamFeed feed = rooms.open(poll.room());
    StreamPosition asked = poll.asked();
    return switch (log.decide(asked, feed)) {
      case FRESH, LOST -> new Poll.Answer(feed.position(), false, List.of());
      // another gateway may have told of what has not come here yet
      case AHEAD ->
          nowNanos < poll.deadlineNanos()
              ? null
              : new Poll.Answer(feed.position(), false, List.of());
      case READ_LOG -> {
        if (asked != null) {
          log.readBack(asked.offset() + 1);
        }
        yield null;
      }
      case RECOVERED -> asked == null ? null : after(poll, asked, feed, nowNanos);
    };
  }

  private static Poll.@Nullable Answer after(
      Poll poll, StreamPosition asked, StreamFeed feed, long nowNanos) {
    feed.reachDownTo(asked.offset());
    if (feed.hasAfter(asked.offset())) {
      Batch batch = feed.batchAfter(asked.offset(), poll.maxUpdates());
      return new Poll.Answer(batch.end(), true, List.of(batch));
    }
    return nowNanos >= poll.deadlineNanos() ? new Poll.Answer(asked, true, List.of()) : null;
  }
}
