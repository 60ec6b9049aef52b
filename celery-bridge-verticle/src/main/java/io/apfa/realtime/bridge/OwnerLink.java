package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.bus.BusMessage.EventBatch;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.OwnerAnnouncement;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings batches, in order, to whoever owns the source: a window of them is on its way, because an
 * owner acknowledges only what it has appended, and it appends once a flush. When one is not taken,
 * all that are on their way are repeated unchanged and in order, to the next owner if need be,
 * until they are done, fenced off or given up.
 *
 * <p>Confined to its verticle's context.
 */
final class OwnerLink {
  /** Batches on their way at most. */
  static final int WINDOW_BATCHES = 512;

  /**
   * So many batches leave as they come; from then on one leaves every {@link #PACE_NANOS}, so that
   * the window lasts for the 2 s that an owner under pressure may wait from flush to flush. Were it
   * full before, what comes then would wait for two flushes.
   */
  static final int UNPACED_BATCHES = 64;

  static final long PACE_NANOS = 5_000_000;

  /** Events on their way at most; one batch is always allowed. */
  static final int WINDOW_EVENTS = 50_000;

  private static final Logger LOG = LoggerFactory.getLogger(OwnerLink.class);

  /** An owner under pressure answers with its flushes, which are up to 2 s apart. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(3);

  private static final long RETRY_MILLIS = 50;

  private final Vertx vertx;
  private final Node node;
  private final String source;
  private final Listener listener;
  private final Deque<EventBatch> window = new ArrayDeque<>();
  private final OwnerReach reach;
  private int windowEvents;
  private long sentNanos;
  private long offeredToken;

  /** Counts what was begun anew: answers of an earlier round only ever say what is done. */
  private long round;

  private boolean waiting;

  /** What becomes of a batch. */
  interface Listener {
    /** It is in the owner's log; told once for each batch, in the order they were sent. */
    void onDone(FeedPosition position);

    /** The owner refused the token it was sent under. */
    void onFenced(long token);
  }

  OwnerLink(Vertx vertx, Node node, String source, Listener listener, OwnerReach reach) {
    this.reach = reach;
    this.vertx = vertx;
    this.node = node;
    this.source = source;
    this.listener = listener;
  }

  /** Whether no further batch may be sent now. */
  boolean isFull() {
    return !window.isEmpty() && (window.size() >= WINDOW_BATCHES || windowEvents >= WINDOW_EVENTS);
  }

  /** How long the next batch has to wait, so that more may go with it; 0 = not at all. */
  long waitNanos(long nowNanos) {
    return window.size() < UNPACED_BATCHES ? 0 : Math.max(0, sentNanos + PACE_NANOS - nowNanos);
  }

  /** Sends {@code batch}, which follows the one before; only when the window is not full. */
  void send(EventBatch batch) {
    if (isFull()) {
      throw new IllegalStateException(
          window.size() + " batches are on their way (expected: fewer)");
    }
    window.add(batch);
    windowEvents += batch.events().size();
    sentNanos = node.ticker().nanos();
    if (!waiting) {
      offer(batch, round);
    }
  }

  /** Turns to a new owner at once: the one before may never answer. */
  void tick() {
    OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner != null && owner.token() != offeredToken && !window.isEmpty()) {
      repeatAllSoon(round);
    }
  }

  /** Sends what is on its way no more. */
  void giveUp() {
    window.clear();
    windowEvents = 0;
    reach.onAnswered();
    round++;
    waiting = false;
  }

  private void offer(EventBatch batch, long asked) {
    reach.onAsked(node.ticker().nanos());
    OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner == null) {
      repeatAllSoon(asked);
      return;
    }
    offeredToken = owner.token();
    node.bus()
        .request(owner.node(), batch, EventBatchReply.class, ANSWER_TIMEOUT)
        .onComplete(
            reply -> onReply(reply, owner, batch, asked),
            failure -> {
              LOG.debug("source {}: batch not answered: {}", source, failure.toString());
              onRefused(owner, true, asked);
            });
  }

  private void onReply(
      EventBatchReply reply, OwnerAnnouncement owner, EventBatch batch, long asked) {
    reach.onAnswered();
    switch (reply.status()) {
      case DONE -> onDone(batch.position());
      case NOT_OWNER -> onRefused(owner, true, asked);
      case BUSY -> onRefused(owner, false, asked);
      case FENCED -> {
        if (asked == round) {
          listener.onFenced(batch.position().leaseToken());
        }
      }
    }
  }

  /** Everything up to {@code position} is done: owners acknowledge in order. */
  private void onDone(FeedPosition position) {
    while (!window.isEmpty() && position.covers(window.element().position())) {
      EventBatch done = window.remove();
      windowEvents -= done.events().size();
      listener.onDone(done.position());
    }
  }

  private void onRefused(OwnerAnnouncement owner, boolean forget, long asked) {
    if (asked != round || waiting || window.isEmpty()) {
      return;
    }
    if (forget) {
      node.directory().forgetOwner(owner);
    }
    repeatAllSoon(asked);
  }

  private void repeatAllSoon(long asked) {
    if (waiting || asked != round) {
      return;
    }
    waiting = true;
    long next = ++round;
    vertx.setTimer(
        RETRY_MILLIS,
        id -> {
          if (next == round) {
            waiting = false;
            window.forEach(batch -> offer(batch, next));
          }
        });
  }
}
