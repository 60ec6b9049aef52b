package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.TokenBucket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One client's session: who it is, its subscriptions, and an outbox that holds only positions and
 * the bytes being written.
 *
 * <p>Bounds: unsent bytes ({@link LimitKey#SESSION_OUTBOX_BYTES}: replies beyond it end the
 * session; batches and snapshots stop at an eighth of it and go on from their position), rooms,
 * inbound frames per second.
 *
 * <p>Confined to its verticle's context.
 */
public final class Session {
  /** How long a client may take to say who it is. */
  public static final long AUTHENTICATION_NANOS = 10_000_000_000L;

  /** How long a room may be quiet before its position is told. */
  static final long QUIET_NANOS = 30_000_000_000L;

  private static final double INBOUND_PER_SECOND = 200;
  private static final double INBOUND_BURST = 1000;

  private final String id;
  private final SessionTransport transport;
  private final String remote;
  private final SessionEvents events;
  private final Map<Room, Subscription> subscriptions = new HashMap<>();

  /** The same in the order they came; each flush of each session walks through it. */
  private final List<Subscription> inOrder = new ArrayList<>(1);

  private final Outbox outbox;
  private final TokenBucket inbound;
  private final long connectedNanos;
  private SessionState state = SessionState.AUTHENTICATING;
  private @Nullable Identity identity;
  private LimitPolicy policy;
  private Limits limits;
  private long inboundNanos;
  private long pingedNanos;
  private long seenNanos;
  private int turn;
  private boolean queued;
  private @Nullable String countedUser;

  Session(
      String id,
      SessionTransport transport,
      String remote,
      SessionEvents events,
      LimitPolicy policy,
      long nowNanos) {
    this.id = id;
    this.transport = transport;
    this.remote = remote;
    this.events = events;
    this.policy = policy;
    this.limits = policy.common();
    this.outbox = new Outbox(limits, nowNanos);
    this.inbound = new TokenBucket(INBOUND_PER_SECOND, INBOUND_BURST, nowNanos);
    this.connectedNanos = nowNanos;
    this.inboundNanos = nowNanos;
    this.pingedNanos = nowNanos;
    this.seenNanos = nowNanos;
  }

  /** Unguessable, for logs and sets. */
  public String id() {
    return id;
  }

  /** Where it comes from. */
  public String remote() {
    return remote;
  }

  /** Where it stands. */
  public SessionState state() {
    return state;
  }

  /** Who it is; null while nobody said so. */
  public @Nullable Identity identity() {
    return identity;
  }

  /** Bytes handed to the transport that have not left. */
  public long unsentBytes() {
    return outbox.unsentBytes();
  }

  /** How long the oldest write that has not wholly left has waited, in nanoseconds; 0 = none. */
  public long drainLagNanos(long nowNanos) {
    return outbox.drainLagNanos(nowNanos);
  }

  /** Its subscriptions. */
  List<Subscription> subscriptions() {
    return inOrder;
  }

  @Nullable Subscription subscription(Room room) {
    return subscriptions.get(room);
  }

  void add(Subscription subscription) {
    inOrder.remove(subscriptions.put(subscription.room(), subscription));
    inOrder.add(subscription);
  }

  @Nullable Subscription remove(Room room) {
    Subscription removed = subscriptions.remove(room);
    inOrder.remove(removed);
    return removed;
  }

  /** Whether it has as many rooms as it may. */
  public boolean hasAllRooms() {
    return subscriptions.size() >= limits.getInt(LimitKey.SESSION_MAX_ROOMS);
  }

  /**
   * It is {@code who}, from now; also for a newer token of the same user. It begins with all the
   * permits that one has.
   */
  public void authenticate(Identity who, long nowNanos) {
    identity = who;
    applyLimits(policy, nowNanos);
    if (state == SessionState.AUTHENTICATING) {
      outbox.rest(nowNanos);
      moveTo(SessionState.OPEN);
    }
  }

  /** The user it is counted for; null = not counted yet. */
  public @Nullable String countedUser() {
    return countedUser;
  }

  /** It is counted for {@code user}. */
  public void countFor(String user) {
    countedUser = user;
  }

  /** Something came in; whether it may be looked at. */
  public boolean onInbound(long nowNanos) {
    inboundNanos = nowNanos;
    seenNanos = nowNanos;
    if (state == SessionState.CLOSED) {
      return false;
    }
    if (!inbound.tryAcquire(1, nowNanos)) {
      close(Disconnect.RATE_EXCEEDED);
      return false;
    }
    return true;
  }

  /** A sign of life that is no frame. */
  public void onAlive(long nowNanos) {
    inboundNanos = nowNanos;
  }

  /**
   * Sends a control frame at once. For the drain lag it counts as written when the session last saw
   * the time: at most one round of deadlines too early.
   */
  public void send(Frame frame) {
    if (state != SessionState.CLOSED) {
      write(List.of(frame), seenNanos);
      if (outbox.isOverflown()) {
        close(Disconnect.SLOW);
      }
    }
  }

  /** Bytes left for the network. */
  public void onDrained(long bytes, long nowNanos) {
    outbox.onDrained(bytes, nowNanos);
  }

  /** The transport is gone. */
  public void onTransportClosed() {
    if (state != SessionState.CLOSED) {
      moveTo(SessionState.CLOSED);
    }
  }

  /** Ends the session. */
  public void close(Disconnect disconnect) {
    close(disconnect, disconnect.reason());
  }

  /** Ends the session for {@code reason}. */
  public void close(Disconnect disconnect, String reason) {
    if (state != SessionState.CLOSED) {
      moveTo(SessionState.CLOSED);
      events.onDisconnect(disconnect.code());
      transport.close(disconnect, reason);
    }
  }

  void applyLimits(LimitPolicy newPolicy, long nowNanos) {
    Identity who = identity;
    policy = newPolicy;
    limits = who == null ? newPolicy.common() : newPolicy.ofUser(who.user(), who.role());
    outbox.applyLimits(limits, nowNanos);
  }

  /** Checks the deadlines: authentication, token, heartbeat, slow consumer. */
  void checkDeadlines(long nowNanos, long nowMillis) {
    seenNanos = nowNanos;
    if (state == SessionState.CLOSED) {
      return;
    }
    boolean stuck = outbox.isStuck(nowNanos);
    Identity who = identity;
    if (who == null && nowNanos - connectedNanos > AUTHENTICATION_NANOS) {
      close(Disconnect.UNAUTHORIZED);
    } else if (who != null && nowMillis >= who.expiresMillis()) {
      close(Disconnect.TOKEN_EXPIRED);
    } else if (stuck) {
      close(Disconnect.SLOW);
    } else if (nowNanos - inboundNanos
        > limits.getNanosOfMillis(LimitKey.HEARTBEAT_CLOSE_AFTER_MILLIS)) {
      close(Disconnect.HEARTBEAT_MISSED);
    } else {
      long pingAfter = limits.getNanosOfMillis(LimitKey.HEARTBEAT_PING_AFTER_MILLIS);
      if (nowNanos - inboundNanos > pingAfter && nowNanos - pingedNanos > pingAfter) {
        pingedNanos = nowNanos;
        transport.ping();
      }
    }
  }

  /** Reads what {@link #flush} will read; the value means nothing. */
  int look() {
    int seen = (queued ? 1 : 0) + outbox.look() + transport.look();
    for (int i = 0; i < inOrder.size(); i++) {
      seen += (int) inOrder.get(i).end();
    }
    return seen;
  }

  /** Whether it stands in the hub's list of those to be flushed. */
  boolean isQueued() {
    return queued;
  }

  /** Whether it is held back: it may not be flushed, or was not flushed to the end. */
  boolean isHeld() {
    return outbox.isHeld();
  }

  void setQueued(boolean value) {
    queued = value;
  }

  /**
   * Sends what its rooms have for it, in one write, if it has a permit and drains.
   *
   * @return whether it must be looked at again later
   */
  boolean flush(Shape shape, long nowNanos) {
    if (state != SessionState.OPEN) {
      return false;
    }
    boolean more = flushSnapshots(nowNanos);
    if (!hasNews()) {
      outbox.release();
      return more;
    }
    if (!outbox.mayFlush(nowNanos)) {
      outbox.hold(nowNanos);
      return true;
    }
    boolean left = writeNews(shape, outbox.isHeld(), nowNanos);
    outbox.release();
    if (left) {
      outbox.hold(nowNanos);
    }
    return more || left;
  }

  /**
   * Tells the positions of rooms in which nothing happened while their source went on, by a batch
   * without updates: a position that ages out of the log could not be recovered, though nothing is
   * missing. It costs no permit.
   */
  void tellQuietPositions(Shape shape, long nowNanos) {
    if (state != SessionState.OPEN || outbox.isFull()) {
      return;
    }
    for (Subscription subscription : inOrder) {
      boolean quiet = subscription.quietNanos(nowNanos) >= QUIET_NANOS;
      if (quiet
          && subscription.request().informed()
          && subscription.feed() instanceof StreamFeed feed
          && feed.position().offset() > subscription.end()
          && !hasNews(subscription)) {
        long head = feed.position().offset();
        Format format = subscription.format();
        write(List.of(feed.nothingSince(subscription.end(), format, shape)), nowNanos);
        subscription.advance(head, subscription.generation());
      }
    }
  }

  private boolean hasNews() {
    for (int i = 0; i < inOrder.size(); i++) {
      if (hasNews(inOrder.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Whether {@code subscription}'s room has something for it that was not written. */
  static boolean hasNews(Subscription subscription) {
    return subscription.phase() == Subscription.Phase.LIVE
        && subscription.feed().hasAfter(subscription.end());
  }

  /** Whether something is left for the next flush. */
  private boolean writeNews(Shape shape, boolean conflate, long nowNanos) {
    int framesLeft = limits.getInt(LimitKey.SESSION_FRAMES_PER_FLUSH);
    List<Frame> frames = null;
    boolean left = false;
    List<Subscription> order = inTurn();
    for (Subscription subscription : order) {
      if (!hasNews(subscription)) {
        continue;
      }
      if (framesLeft == 0 || !subscription.feed().reaches(subscription.end())) {
        left = true;
        continue;
      }
      Feed.Composition composition =
          subscription
              .feed()
              .compose(
                  subscription.end(),
                  subscription.format(),
                  conflate,
                  framesLeft,
                  shape,
                  subscription.generation());
      subscription.advance(composition.end(), composition.generation());
      framesLeft -= composition.frames().size();
      if (composition.conflated() > 0) {
        events.onConflated(composition.conflated());
      }
      if (order.size() == 1) {
        frames = composition.frames();
      } else {
        frames = frames == null ? new ArrayList<>() : frames;
        frames.addAll(composition.frames());
      }
      left |= hasNews(subscription);
    }
    if (frames != null && !frames.isEmpty()) {
      write(frames, nowNanos);
    }
    return left;
  }

  /** The subscriptions, beginning at another one each time, so that none starves. */
  private List<Subscription> inTurn() {
    if (inOrder.size() == 1) {
      return inOrder;
    }
    List<Subscription> order = new ArrayList<>(inOrder);
    Collections.rotate(order, turn++);
    return order;
  }

  /** Sends parts of snapshots while they drain; whether some are left. */
  private boolean flushSnapshots(long nowNanos) {
    boolean left = false;
    for (int i = 0; i < inOrder.size(); i++) {
      Subscription subscription = inOrder.get(i);
      if (subscription.phase() != Subscription.Phase.SNAPSHOT) {
        continue;
      }
      Frame part = subscription.nextPart();
      while (part != null && !outbox.isFull()) {
        write(List.of(part), nowNanos);
        part = subscription.partWritten() ? null : subscription.nextPart();
      }
      left |= part != null;
      if (part != null && nowNanos - subscription.snapshotNanos() > Hub.SNAPSHOT_DRAIN_NANOS) {
        close(Disconnect.SLOW);
        return false;
      }
    }
    return left;
  }

  private void write(List<Frame> frames, long nowNanos) {
    seenNanos = nowNanos;
    long bytes = 0;
    for (Frame frame : frames) {
      bytes += frame.bytes().length();
    }
    outbox.onWritten(bytes, nowNanos);
    events.onFrames(frames);
    if (transport.write(frames, bytes)) {
      outbox.onDrained(bytes, nowNanos);
    }
  }

  private void moveTo(SessionState next) {
    if (!state.next().contains(next)) {
      throw new IllegalStateException(
          "session "
              + id
              + ": "
              + state
              + " → "
              + next
              + " (expected one of: "
              + state.next()
              + ")");
    }
    state = next;
  }
}
