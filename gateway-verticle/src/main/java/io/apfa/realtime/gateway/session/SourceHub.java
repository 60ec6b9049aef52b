package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One source at this gateway: its stream, its rooms, and those who wait for it. A subscription is
 * confirmed only while the source's owner has confirmed our interest; it then goes on from its
 * position, from a snapshot, or from now.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceHub {
  /** How long the owner's last confirmation counts. */
  static final long CONFIRMED_NANOS = 3_000_000_000L;

  /** How long the source's batches are still wanted after the last one left. */
  static final long LINGER_NANOS = 30_000_000_000L;

  private final String source;
  private final Upstream upstream;
  private final SessionEvents events;
  private final Consumer<Session> queue;
  private final Supplier<Shape> shape;
  private final SourceStream stream = new SourceStream();
  private final SourceRooms rooms;
  private final LatestHub latest;
  private final LogReader log;
  private final Set<Subscription> waiting = new LinkedHashSet<>();
  private final Polls polls;
  private long confirmedNanos = Long.MIN_VALUE;
  private long wantedUntilNanos = Long.MIN_VALUE;
  private int members;

  SourceHub(
      String source,
      Upstream upstream,
      SessionEvents events,
      Consumer<Session> queue,
      Supplier<Shape> shape,
      WorkBudget work) {
    this.shape = shape;
    this.source = source;
    this.upstream = upstream;
    this.events = events;
    this.queue = queue;
    this.rooms = new SourceRooms(stream, work);
    this.latest = new LatestHub(source, upstream);
    this.log = new LogReader(source, stream, upstream, events);
    this.polls = new Polls(rooms, latest, log);
  }

  SourceStream stream() {
    return stream;
  }

  /** Whether the owner's batches are wanted. */
  boolean isWanted(long nowNanos) {
    if (members > 0 || !polls.isEmpty()) {
      wantedUntilNanos = nowNanos + LINGER_NANOS;
    }
    return nowNanos < wantedUntilNanos;
  }

  boolean isLive(long nowNanos) {
    return stream.isKnown()
        && confirmedNanos != Long.MIN_VALUE
        && nowNanos - confirmedNanos < CONFIRMED_NANOS;
  }

  void join(Session session, Room room, Subscription.Request request, long nowNanos) {
    Feed feed =
        switch (room.kind()) {
          case QUEUES, WORKERS -> latest.feed(room.kind());
          default -> rooms.open(room);
        };
    Subscription subscription = new Subscription(session, room, feed, request);
    feed.add(subscription);
    session.add(subscription);
    members++;
    waiting.add(subscription);
    if (isLive(nowNanos)) {
      settle(subscription, false);
    } else {
      upstream.announceInterest(source);
    }
  }

  void leave(Subscription subscription) {
    subscription.feed().remove(subscription);
    waiting.remove(subscription);
    members--;
  }

  void poll(Poll poll, long nowNanos) {
    polls.add(poll);
    wantedUntilNanos = nowNanos + LINGER_NANOS;
    if (isLive(nowNanos)) {
      answerPolls(nowNanos);
    } else {
      upstream.announceInterest(source);
    }
  }

  void onHead(BusMessage.InterestReply reply, long nowNanos) {
    if (reply.token() < stream.token()) {
      return;
    }
    confirmedNanos = nowNanos;
    SourceStream.Advance advance =
        stream.onHead(reply.token(), reply.epoch(), reply.head(), nowNanos);
    apply(advance, nowNanos);
    latest.onHead(reply);
    settleAll(true);
    answerPolls(nowNanos);
  }

  void onPublication(BusMessage.Publication publication, long nowNanos) {
    SourceStream.Advance advance = stream.onPublication(publication, nowNanos);
    for (Segment segment : advance.news()) {
      events.onBatch(source, segment.closedMillis(), segment.rows().size(), segment.logBytes());
    }
    apply(advance, nowNanos);
    if (stream.isBehind() && advance.news().isEmpty()) {
      log.pull();
    }
  }

  void onPulled(String epoch, StateStore.LogPage page, long nowNanos) {
    log.onPullDone();
    apply(stream.onPulled(epoch, page, nowNanos), nowNanos);
    if (!page.batches().isEmpty() && stream.isBehind()) {
      log.pull();
    }
  }

  /** The log could not be read; it is tried again at the next tick. */
  void onPullFailed() {
    log.onPullDone();
  }

  void onReadBack(String epoch, long from, boolean available, List<Segment> older, long nowNanos) {
    log.onReadBackDone();
    if (epoch.equals(stream.epoch())) {
      if (available) {
        stream.onReadBack(older, nowNanos);
      } else {
        log.onLost(from);
      }
    }
    settleAll(true);
    answerPolls(nowNanos);
  }

  void onReadBackFailed() {
    log.onReadBackDone();
  }

  void onLatestValues(BusMessage.LatestValues values, long nowMillis) {
    if (latest.onValues(values, nowMillis)) {
      settleAll(false);
      for (Subscription member : latest.members()) {
        queue.accept(member.session());
      }
    }
  }

  void onLatestFailed() {
    latest.onFailed();
  }

  void onSnapshot(Room room, SnapshotWish wish, Format format, Snapshot snapshot, long nowNanos) {
    StreamFeed feed = rooms.find(room);
    if (feed == null) {
      return;
    }
    for (Subscription subscription : feed.subscriptions()) {
      Subscription.Request request = subscription.request();
      if (subscription.phase() != Subscription.Phase.SNAPSHOT
          || subscription.nextPart() != null
          || request.format() != format
          || !request.snapshot().equals(wish)) {
        continue;
      }
      boolean fits =
          snapshot.position().epoch().equals(stream.epoch())
              && feed.reaches(snapshot.position().offset());
      if (!fits) {
        subscription.await(null);
        waiting.add(subscription);
        continue;
      }
      feed.reachDownTo(snapshot.position().offset());
      sendRegistered(subscription, snapshot.position(), false);
      subscription.beginSnapshot(snapshot, nowNanos);
      queue.accept(subscription.session());
    }
  }

  /** A snapshot could not be made: whoever waits for it asks again at the next confirmation. */
  void onSnapshotFailed(Room room, SnapshotWish wish, Format format) {
    StreamFeed feed = rooms.find(room);
    if (feed == null) {
      return;
    }
    for (Subscription subscription : feed.subscriptions()) {
      Subscription.Request request = subscription.request();
      if (subscription.phase() == Subscription.Phase.SNAPSHOT
          && subscription.nextPart() == null
          && request.format() == format
          && request.snapshot().equals(wish)) {
        subscription.await(null);
        waiting.add(subscription);
      }
    }
  }

  /** A live subscription fell behind what is at hand: the log must be read for it. */
  void recover(Subscription subscription) {
    subscription.await(new StreamPosition(stream.epoch(), subscription.end()));
    waiting.add(subscription);
    settle(subscription, false);
  }

  void tick(long nowNanos) {
    log.tick(nowNanos);
    answerPolls(nowNanos);
    polls.giveUp(nowNanos);
  }

  /** Lets go of what is old, and of rooms that nobody is in. */
  void trim(long nowNanos) {
    stream.trim(nowNanos);
    List<Room> empty = new ArrayList<>();
    for (StreamFeed feed : rooms.feeds()) {
      feed.trim();
      if (feed.isEmpty() && !polls.isOf(feed.room())) {
        empty.add(feed.room());
      }
    }
    empty.forEach(rooms::close);
  }

  private void apply(SourceStream.Advance advance, long nowNanos) {
    if (advance.restarted()) {
      log.restart();
      rooms.feeds().forEach(StreamFeed::restart);
    }
    for (Segment segment : advance.news()) {
      for (StreamFeed feed : rooms.index(segment, shape.get())) {
        feed.forEachInTurn(subscription -> queue.accept(subscription.session()));
      }
    }
    if (advance.restarted()) {
      for (StreamFeed feed : rooms.feeds()) {
        for (Subscription subscription : List.copyOf(feed.subscriptions())) {
          if (subscription.phase() != Subscription.Phase.WAITING) {
            subscription.await(null);
            waiting.add(subscription);
          }
        }
      }
      if (isLive(nowNanos)) {
        settleAll(true);
      }
    }
    if (!advance.news().isEmpty() || advance.restarted()) {
      answerPolls(nowNanos);
    }
  }

  private void settleAll(boolean fresh) {
    for (Subscription subscription : List.copyOf(waiting)) {
      settle(subscription, fresh);
    }
  }

  /**
   * Decides how a waiting subscription goes on.
   *
   * @param fresh whether the owner has spoken since the subscription began to wait
   */
  private void settle(Subscription subscription, boolean fresh) {
    if (confirmedNanos == Long.MIN_VALUE || !waiting.contains(subscription)) {
      return;
    }
    if (!(subscription.feed() instanceof StreamFeed feed)) {
      if (latest.isKnown()) {
        waiting.remove(subscription);
        sendRegistered(subscription, StreamPosition.NONE, false);
        subscription.goLive(0);
        queue.accept(subscription.session());
      } else {
        latest.load();
      }
      return;
    }
    StreamPosition asked = subscription.asked();
    switch (log.decide(asked, feed)) {
      case RECOVERED -> {
        if (asked != null) {
          feed.reachDownTo(asked.offset());
          goLive(subscription, asked, true);
          events.onRecovery(true);
        }
      }
      case READ_LOG -> {
        if (!log.isReadingBack()) {
          log.readBack(lowestToRead() + 1);
        }
      }
      case FRESH -> begin(subscription);
      case AHEAD, LOST -> {
        if (fresh) {
          events.onRecovery(false);
          begin(subscription);
        } else {
          upstream.announceInterest(source);
        }
      }
    }
  }

  /** The lowest position from which the log must be read: one reading serves all who wait. */
  private long lowestToRead() {
    long lowest = Long.MAX_VALUE;
    for (Subscription subscription : waiting) {
      StreamPosition asked = subscription.asked();
      if (asked != null
          && subscription.feed() instanceof StreamFeed feed
          && log.decide(asked, feed) == RecoveryDecision.READ_LOG) {
        lowest = Math.min(lowest, asked.offset());
      }
    }
    return lowest;
  }

  private void begin(Subscription subscription) {
    SnapshotWish wish = subscription.request().snapshot();
    if (wish.isWanted()) {
      waiting.remove(subscription);
      subscription.awaitSnapshot();
      upstream.loadSnapshot(subscription.room(), wish, subscription.format());
    } else {
      goLive(subscription, subscription.feed().position(), false);
    }
  }

  private void goLive(Subscription subscription, StreamPosition position, boolean recovered) {
    waiting.remove(subscription);
    sendRegistered(subscription, position, recovered);
    subscription.goLive(position.offset());
    queue.accept(subscription.session());
  }

  private static void sendRegistered(
      Subscription subscription, StreamPosition position, boolean recovered) {
    if (subscription.wantsRegistered()) {
      subscription
          .session()
          .send(
              Frame.text(
                  JsonFrames.registered(
                      subscription.room().name(),
                      position,
                      recovered,
                      subscription.format().encoding()),
                  "reply"));
    }
  }

  private void answerPolls(long nowNanos) {
    if (isLive(nowNanos)) {
      polls.answer(nowNanos);
    }
  }
}
