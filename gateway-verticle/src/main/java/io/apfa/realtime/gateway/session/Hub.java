package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every session of this gateway and every source they listen to. Inputs are methods; what must be
 * asked of others goes to {@link Upstream}, what must be written to a session's transport.
 *
 * <p>Sessions with news stand in a queue; {@link #flush} serves it. Whoever may not be served yet
 * (permits, slow) stays in it until a {@link #tick}. One session's failure to drain costs the
 * others nothing: it is passed over.
 *
 * <p>Confined to its verticle's context.
 */
public final class Hub {
  /** A snapshot that did not drain within the log's age is given up. */
  static final long SNAPSHOT_DRAIN_NANOS = 600_000_000_000L;

  /** Every session's deadlines are checked once in so many ticks. */
  private static final int DEADLINE_TICKS = 10;

  /** A drain lag of fewer sessions than these is their own. */
  private static final int SHARED_BY_SESSIONS = 4;

  /** Sessions whose memory is fetched together. */
  private static final int FETCHED_TOGETHER = 16;

  private final SessionEvents events;
  private final Map<String, SourceHub> sources = new LinkedHashMap<>();
  private final Map<String, Session> sessions = new LinkedHashMap<>();
  private final ArrayDeque<Session> ready = new ArrayDeque<>();
  private final ArrayList<Session> held = new ArrayList<>();

  /** Held back, and not looked at in this tick for want of budget: the first of the next. */
  private final ArrayList<Session> deferred = new ArrayList<>();

  private final WorkBudget work = new WorkBudget();
  private WriteGathering gathering = WriteGathering.NONE;

  /** Kept so that looking is not optimised away. */
  @SuppressWarnings({"unused", "UnusedVariable"})
  private int looked;

  private LimitPolicy policy;
  private Shape shape;
  private long ticks;

  /** A hub for {@code sources}. */
  public Hub(
      Collection<String> sourceNames, Upstream upstream, SessionEvents events, LimitPolicy policy) {
    this.events = events;
    this.policy = policy;
    this.shape = Shape.of(policy.common());
    for (String source : sourceNames) {
      sources.put(
          source, new SourceHub(source, upstream, events, this::enqueue, () -> shape, work));
    }
  }

  /** What flushes write may be put off by {@code newGathering} until they end. */
  public void gatherWritesBy(WriteGathering newGathering) {
    gathering = newGathering;
  }

  /** Whether {@code source} is one of ours. */
  public boolean hasSource(String source) {
    return sources.containsKey(source);
  }

  /** Every source. */
  public Collection<String> sources() {
    return sources.keySet();
  }

  /** Open sessions. */
  public Collection<Session> sessions() {
    return sessions.values();
  }

  /** The common limits in force. */
  public Limits limits() {
    return policy.common();
  }

  /** The limits in force for whom. */
  public LimitPolicy policy() {
    return policy;
  }

  /** A new session. */
  public Session open(String id, SessionTransport transport, String remote, long nowNanos) {
    Session session = new Session(id, transport, remote, events, policy, nowNanos);
    sessions.put(id, session);
    return session;
  }

  /** A session is over: its transport is gone, or it was closed. */
  public void remove(Session session) {
    session.onTransportClosed();
    sessions.remove(session.id());
    for (Subscription subscription : List.copyOf(session.subscriptions())) {
      leave(session, subscription.room());
    }
  }

  /** {@code session} joins {@code room}; if it is in it already, it joins anew. */
  public void join(Session session, Room room, Subscription.Request request, long nowNanos) {
    leave(session, room);
    source(room.source()).join(session, room, request, nowNanos);
    flush(nowNanos);
  }

  /** {@code session} leaves {@code room}. */
  public void leave(Session session, Room room) {
    Subscription subscription = session.remove(room);
    if (subscription != null) {
      source(room.source()).leave(subscription);
    }
  }

  /** Whether {@code session} is in {@code room}. */
  public boolean isMember(Session session, Room room) {
    return session.subscription(room) != null;
  }

  /** An HTTP client waits for updates. */
  public void poll(Poll poll, long nowNanos) {
    source(poll.room().source()).poll(poll, nowNanos);
  }

  /** Whether the batches of {@code source} are wanted. */
  public boolean isWanted(String source, long nowNanos) {
    return source(source).isWanted(nowNanos);
  }

  /** Whether the owner of {@code source} confirmed our interest lately. */
  public boolean isLive(String source, long nowNanos) {
    return source(source).isLive(nowNanos);
  }

  /** The owner said where the stream is. */
  public void onHead(BusMessage.InterestReply reply, long nowNanos) {
    source(reply.source()).onHead(reply, nowNanos);
    flush(nowNanos);
  }

  /** A batch came. The caller flushes, once for all that came together. */
  public void onPublication(BusMessage.Publication publication, long nowNanos) {
    source(publication.source()).onPublication(publication, nowNanos);
  }

  /** Latest values came. The caller flushes. */
  public void onLatestValues(BusMessage.LatestValues values, long nowMillis) {
    source(values.source()).onLatestValues(values, nowMillis);
  }

  /** Latest values could not be had. */
  public void onLatestFailed(String source) {
    source(source).onLatestFailed();
  }

  /** The log was read for a hole; null = it could not be read. */
  public void onPulled(
      String source, String epoch, StateStore.@Nullable LogPage page, long nowNanos) {
    if (page == null) {
      source(source).onPullFailed();
    } else {
      source(source).onPulled(epoch, page, nowNanos);
      flush(nowNanos);
    }
  }

  /** The log was read for those who recover; null = it could not be read. */
  public void onReadBack(
      String source, String epoch, long from, @Nullable ReadBack read, long nowNanos) {
    if (read == null) {
      source(source).onReadBackFailed();
    } else {
      source(source).onReadBack(epoch, from, read.isComplete(), read.segments(), nowNanos);
      flush(nowNanos);
    }
  }

  /** A snapshot is made; null = it could not be. */
  public void onSnapshot(
      Room room, SnapshotWish wish, Format format, @Nullable Snapshot snapshot, long nowNanos) {
    if (snapshot == null) {
      source(room.source()).onSnapshotFailed(room, wish, format);
    } else {
      source(room.source()).onSnapshot(room, wish, format, snapshot, nowNanos);
      flush(nowNanos);
    }
  }

  /** Other limits are in force. */
  public void applyLimits(LimitPolicy newPolicy, long nowNanos) {
    policy = newPolicy;
    shape = Shape.of(newPolicy.common());
    for (Session session : sessions.values()) {
      session.applyLimits(newPolicy, nowNanos);
    }
  }

  /** Serves every session with news. */
  public void flush(long nowNanos) {
    gathering.begin(ready.size(), nowNanos);
    try {
      while (!ready.isEmpty()) {
        fetchNext();
        for (int i = 0; i < FETCHED_TOGETHER && !ready.isEmpty(); i++) {
          serve(ready.remove(), nowNanos);
        }
      }
    } finally {
      gathering.end();
    }
    events.onFlushed();
  }

  /**
   * Looks at what serving the next few sessions will look at. A write to a socket leaves little of
   * ours in the processor's caches, and a session is a chain of objects: read in one go, those of
   * several sessions come from memory at the same time instead of one after the other.
   */
  private void fetchNext() {
    Iterator<Session> next = ready.iterator();
    int seen = 0;
    for (int i = 0; i < FETCHED_TOGETHER && next.hasNext(); i++) {
      seen += next.next().look();
    }
    looked = seen;
  }

  /** Whom the news of {@code source} reach that were not flushed yet; looks at all who wait. */
  public Reach reach(String source) {
    return Reach.of(source, List.of(ready, held, deferred));
  }

  /** Bytes of {@code session} left: it may have room again. */
  public void onDrained(Session session, long bytes, long nowNanos) {
    session.onDrained(bytes, nowNanos);
  }

  /** The periodic work: those held back, deadlines, holes. */
  public void tick(long nowNanos, long nowMillis) {
    ticks++;
    for (SourceHub source : sources.values()) {
      source.tick(nowNanos);
      if (ticks % 50 == 0) {
        source.trim(nowNanos);
      }
    }
    work.renew();
    ready.addAll(deferred);
    deferred.clear();
    ready.addAll(held);
    held.clear();
    flush(nowNanos);
    if (ticks % DEADLINE_TICKS == 0) {
      for (Session session : List.copyOf(sessions.values())) {
        session.checkDeadlines(nowNanos, nowMillis);
        session.tellQuietPositions(shape, nowNanos);
      }
    }
  }

  /** Where {@code source}'s stream is here; null when no owner ever said so. */
  public @Nullable StreamPosition position(String source) {
    SourceStream stream = source(source).stream();
    return stream.isKnown() ? new StreamPosition(stream.epoch(), stream.head()) : null;
  }

  /** The token of {@code source}'s last known owner. */
  public long token(String source) {
    return source(source).stream().token();
  }

  /** Unsent bytes of all sessions. */
  public long unsentBytes() {
    long bytes = 0;
    for (Session session : sessions.values()) {
      bytes += session.unsentBytes();
    }
    return bytes;
  }

  /**
   * The drain lag that many sessions share, in nanoseconds: the slowest quarter of all, and not
   * fewer than {@value #SHARED_BY_SESSIONS}, each have at least this one ({@link
   * Session#drainLagNanos}). A few slow readers have only their own: they are conflated, and nobody
   * else waits for them.
   */
  public long sharedDrainLagNanos(long nowNanos) {
    int slowest = Math.max(SHARED_BY_SESSIONS, (sessions.size() + 3) / 4);
    if (sessions.size() < slowest) {
      return 0;
    }
    long[] lags =
        sessions.values().stream().mapToLong(session -> session.drainLagNanos(nowNanos)).toArray();
    Arrays.sort(lags);
    return lags[lags.length - slowest];
  }

  private void serve(Session session, long nowNanos) {
    if (session.isHeld() && work.isSpent()) {
      deferred.add(session);
      return;
    }
    session.setQueued(false);
    for (Subscription subscription : session.subscriptions()) {
      boolean fellBehind =
          subscription.phase() == Subscription.Phase.LIVE
              && subscription.feed().hasAfter(subscription.end())
              && !subscription.feed().reaches(subscription.end());
      if (fellBehind) {
        source(subscription.room().source()).recover(subscription);
      }
    }
    if (session.flush(shape, nowNanos)) {
      session.setQueued(true);
      held.add(session);
    }
  }

  private void enqueue(Session session) {
    if (!session.isQueued() && session.state() == SessionState.OPEN) {
      session.setQueued(true);
      ready.add(session);
    }
  }

  private SourceHub source(String name) {
    SourceHub source = sources.get(name);
    if (source == null) {
      throw new IllegalArgumentException(
          "source: " + name + " (expected one of: " + sources.keySet() + ")");
    }
    return source;
  }
}
