package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.EventRing;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.MessageHash;
import io.apfa.realtime.bridge.event.RedeliveryCut;
import io.apfa.realtime.bridge.source.EventSource;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatch;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.trace.Span;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries what was heard to the source's owner, in order and acknowledged.
 *
 * <p>A window of batches is on its way; what comes in one turn of the event loop makes one batch,
 * so it leaves at once when it is quiet and is large when it is not; of many on their way, the next
 * ones are made larger. A batch is repeated unchanged until the owner has it in its log; its
 * messages stay in the ring until then. A bridge that stands by keeps the last seconds in the ring;
 * when it leads, it goes on after the message that the stored feed position names.
 *
 * <p>When the owner is behind by a whole ring, what is heard is conflated by task. When even
 * decoding is behind by two, what was not decoded is dropped, and told as a break.
 *
 * <p>Confined to its verticle's context.
 */
final class Forwarder implements OwnerLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int MAX_BATCH_EVENTS = 2000;
  private static final int REHEARSED_MESSAGES = 200;
  private static final int MAX_BATCH_MESSAGES = 2000;
  private static final long MAX_BATCH_BYTES = 1 << 20;
  private static final int MAX_SIDE_EVENTS = 20_000;

  /** How long redelivered messages may take to come. */
  private static final long CUT_MILLIS = 1000;

  /** Bytes of the ring: what a standby remembers, or what the leading bridge may be behind. */
  static final long RING_BYTES = 64L << 20;

  /** How long a standby remembers. */
  static final long RING_AGE_MILLIS = 30_000;

  private final Vertx vertx;
  private final Context context;
  private final Node node;
  private final String source;
  private final EventSource events;
  private final DecodeStage decoder;
  private final BridgeMetrics metrics;
  private final Listener listener;
  private final EventRing ring;
  private final OwnerReach reach = new OwnerReach();
  private final OwnerLink owner;
  private final RedeliveryCut cut = new RedeliveryCut();
  private final Deque<CeleryEvent> side = new ArrayDeque<>();
  private final ConflatedBacklog backlog = new ConflatedBacklog();

  private boolean leading;
  private boolean scheduled;
  private long token;
  private long batchNumber;
  private long nextMessage;

  /** From where on what is redelivered is repeated, and its last tag once it was cut. */
  private long cutFrom;

  private long cutTag;
  private String lastHash = "";
  private String ackedHash = "";

  /** Counts what makes a slice that is being decoded worthless: its messages are read again. */
  private long round;

  /** Number of the first message of the slice that is being decoded. */
  private long sliceFrom = Long.MAX_VALUE;

  private final Deque<InFlight> inFlight = new ArrayDeque<>();

  /** What the leading bridge learns as it decodes. */
  interface Listener {
    /** An event that is on its way to the owner. */
    void onForwarded(CeleryEvent event);

    /** Nothing that was heard between those times is known, and why. */
    void onBreak(long sinceMillis, long untilMillis, String reason);

    /** The owner refused this bridge's token. */
    void onFenced(long token);

    /** The owner does not answer this bridge; another one may reach it. */
    void onOwnerOutOfReach();
  }

  /** How far a batch on its way goes. */
  private record InFlight(FeedPosition position, long endMessage, long deliveryTag, Span span) {}

  Forwarder(
      Vertx vertx,
      Node node,
      String source,
      EventSource events,
      MessageDecoder decoder,
      BridgeMetrics metrics,
      Listener listener,
      EventRing ring) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.node = node;
    this.source = source;
    this.events = events;
    this.decoder = new DecodeStage(vertx, node.ticker(), decoder, MAX_BATCH_EVENTS);
    this.metrics = metrics;
    this.listener = listener;
    this.ring = ring;
    this.owner = new OwnerLink(vertx, node, source, this, reach);
  }

  /** A message was heard. */
  void onMessage(HeardMessage message) {
    ring.add(message);
    if (cut.decide(message) == RedeliveryCut.Verdict.DROP) {
      ring.removeFrom(cutFrom);
      cutTag = message.deliveryTag();
      acknowledgeCut();
    }
    if (leading) {
      if (ring.isOverBytes()) {
        fallBehind();
        pump();
      }
      schedule();
    } else if (ring.isOverBytes()) {
      ring.evict(message.receivedMillis());
    }
  }

  /**
   * The broker will deliver anew what was not acknowledged, unless it lost it when it restarted:
   * what waits here stays, and what comes again is cut at the last message heard.
   */
  void onRedelivery() {
    if (leading) {
      cutFrom = ring.next();
      beginCut(lastHeardHash());
    }
  }

  private String lastHeardHash() {
    for (long number = ring.next() - 1; number >= ring.first(); number--) {
      HeardMessage message = ring.get(number);
      if (message.form() != HeardMessage.Form.BREAK) {
        return MessageHash.of(message.bytes());
      }
    }
    return lastHash;
  }

  /** What was cut is acknowledged once what it repeated is in the owner's log. */
  private void acknowledgeCut() {
    if (cutTag > 0 && ring.first() >= cutFrom) {
      events.acknowledge(cutTag);
      cutTag = 0;
    }
  }

  private void beginCut(String hash) {
    cut.begin(hash);
    if (cut.isHolding()) {
      vertx.setTimer(
          CUT_MILLIS,
          id -> {
            cut.end();
            schedule();
          });
    }
  }

  /**
   * Turns to a new owner, or gives way when none answers; standing by, forgets what need not be
   * remembered, and keeps warm.
   */
  void tick(long nowMillis) {
    long nowNanos = node.ticker().nanos();
    if (node.directory().nodesWith(Role.CELERY_BRIDGE).size() > 1) {
      reach.onCompany(nowNanos);
    }
    if (leading && reach.shouldYield(nowNanos, lagMillis(nowMillis))) {
      LOG.warn("source {}: its owner does not answer this bridge", source);
      listener.onOwnerOutOfReach();
    } else if (leading) {
      owner.tick();
    } else {
      ring.evict(nowMillis);
      rehearse();
    }
  }

  /** Decodes some of the newest messages for nothing. */
  private void rehearse() {
    List<HeardMessage> newest = new ArrayList<>();
    for (long number = Math.max(ring.first(), ring.next() - REHEARSED_MESSAGES);
        number < ring.next();
        number++) {
      HeardMessage message = ring.get(number);
      if (message.form() != HeardMessage.Form.BREAK) {
        newest.add(message);
      }
    }
    decoder.rehearse(newest, this::schedule);
  }

  /** Adds an event that this bridge made itself; dropped when it does not lead. */
  void offer(CeleryEvent event) {
    if (leading && side.size() < MAX_SIDE_EVENTS) {
      side.add(event);
      schedule();
    }
  }

  /**
   * Leads from now on.
   *
   * @param stored the feed position in the store
   * @return whether the ring follows on what was forwarded before; if not, something may be lost
   */
  boolean lead(long newToken, FeedPosition stored) {
    long from = ring.first();
    boolean follows = true;
    InFlight sent = lastStored(stored);
    String hash = stored.lastHash();
    if (sent != null) {
      from = sent.endMessage();
    } else if (!hash.isEmpty() && !hash.equals(ackedHash)) {
      long after = ring.numberAfter(hash);
      follows = after >= 0;
      from = follows ? after : ring.first();
    }
    LOG.info(
        "source {}: forwarding {} messages heard before, under token {}",
        source,
        ring.next() - from,
        newToken);
    ring.removeBefore(from);
    leading = true;
    token = newToken;
    // under a token that has forwarded before, numbers go on: a lower one would count as done
    batchNumber = stored.leaseToken() == newToken ? stored.batchNumber() : 0;
    round++;
    sliceFrom = Long.MAX_VALUE;
    nextMessage = from;
    lastHash = hash;
    ackedHash = hash;
    endSpans("not acknowledged under its lease");
    inFlight.clear();
    owner.giveUp();
    cutFrom = from;
    cutTag = 0;
    if (events.isKeeping()) {
      beginCut(hash);
    }
    schedule();
    return follows;
  }

  /** The last batch of ours, not acknowledged yet, that is in the store all the same. */
  private @Nullable InFlight lastStored(FeedPosition stored) {
    InFlight last = null;
    for (InFlight sent : inFlight) {
      if (stored.leaseToken() == sent.position().leaseToken() && stored.covers(sent.position())) {
        last = sent;
      }
    }
    return last;
  }

  /** Stands by from now on. */
  void standBy() {
    leading = false;
    round++;
    endSpans("this bridge leads no more");
    owner.giveUp();
    side.clear();
    backlog.clear();
  }

  /** Whether all that was heard is decoded. */
  boolean isCaughtUp() {
    return nextMessage == ring.next() && !decoder.isBusy();
  }

  /** How far behind it is, in bytes of messages. */
  long pendingBytes() {
    return ring.bytes();
  }

  /** For how long the oldest of what was heard is not in the owner's log yet; 0 standing by. */
  long lagMillis(long nowMillis) {
    if (!leading || (ring.first() == ring.next() && !backlog.isActive())) {
      return 0;
    }
    long oldest =
        backlog.isActive() ? backlog.sinceMillis() : ring.get(ring.first()).receivedMillis();
    return Math.max(0, nowMillis - oldest);
  }

  /** More waits than a ring may hold. */
  private void fallBehind() {
    if (!backlog.isActive()) {
      backlog.begin(ring.get(ring.first()).receivedMillis());
      LOG.warn("source {}: behind by a whole ring; conflating events by task", source);
    } else if (ring.isFarOverBytes() && !events.isKeeping() && nextMessage < ring.next()) {
      long since = ring.get(nextMessage).receivedMillis();
      long until = ring.get(ring.next() - 1).receivedMillis();
      LOG.warn("source {}: {} messages not decoded in time", source, ring.next() - nextMessage);
      ring.removeFrom(nextMessage);
      listener.onBreak(since, until, "this bridge was behind");
    }
  }

  /** Says what conflation cost, once the owner has the rest. */
  private void caughtUp() {
    long dropped = backlog.end();
    LOG.info("source {}: caught up; {} events were dropped", source, dropped);
    if (dropped > 0) {
      metrics.onLost(dropped);
      side.add(backlog.loss(dropped, node.clock().millis()));
    }
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      context.runOnContext(v -> pumpAsScheduled());
    }
  }

  private void scheduleIn(long nanos) {
    if (!scheduled) {
      scheduled = true;
      vertx.setTimer(Math.max(1, nanos / 1_000_000), id -> pumpAsScheduled());
    }
  }

  private void pumpAsScheduled() {
    scheduled = false;
    pump();
  }

  private void pump() {
    if (!leading || cut.isHolding()) {
      return;
    }
    if (backlog.isActive() && !owner.isFull()) {
      sendFromBacklog();
    }
    if (decoder.isBusy() || (owner.isFull() && !backlog.isActive())) {
      return;
    }
    long waitNanos = backlog.isActive() ? 0 : owner.waitNanos(node.ticker().nanos());
    if (waitNanos > 0) {
      scheduleIn(waitNanos);
      return;
    }
    List<HeardMessage> messages = nextMessages();
    if (!messages.isEmpty()) {
      long mine = round;
      sliceFrom = nextMessage - messages.size();
      decoder.decode(messages, slice -> onDecoded(slice, mine));
    } else if (!side.isEmpty() && !owner.isFull()) {
      send(new ArrayList<>(), null, 0, 0);
    }
  }

  /** The next messages up to a break or a batch's bound; breaks before them are told. */
  private List<HeardMessage> nextMessages() {
    List<HeardMessage> messages = new ArrayList<>();
    long bytes = 0;
    while (nextMessage < ring.next()
        && messages.size() < MAX_BATCH_MESSAGES
        && bytes < MAX_BATCH_BYTES) {
      HeardMessage message = ring.get(nextMessage);
      if (message.form() != HeardMessage.Form.BREAK) {
        messages.add(message);
        bytes += message.bytes().length;
      } else if (messages.isEmpty()) {
        listener.onBreak(message.sinceMillis(), message.receivedMillis(), "broker connection lost");
      } else {
        break;
      }
      nextMessage++;
    }
    return messages;
  }

  private void onDecoded(DecodeStage.Slice slice, long mine) {
    if (mine != round) {
      schedule();
      return;
    }
    nextMessage = sliceFrom + slice.consumed();
    sliceFrom = Long.MAX_VALUE;
    slice.counts().forEach(count -> metrics.onReceived(count.type(), count.events()));
    slice.events().forEach(listener::onForwarded);
    for (DecodeStage.Slice.Fault fault : slice.faults()) {
      metrics.onMalformed(fault.reason(), fault.detail(), node.ticker().nanos());
    }
    if (backlog.isActive()) {
      metrics.onConflated(backlog.add(slice));
      ring.removeBefore(nextMessage);
      scheduleIfWaiting();
    } else {
      send(slice.events(), slice.last(), slice.deliveryTag(), slice.tookNanos());
    }
  }

  private void sendFromBacklog() {
    List<CeleryEvent> batch = backlog.take(MAX_BATCH_EVENTS);
    HeardMessage last = null;
    long deliveryTag = 0;
    if (backlog.isEmpty()) {
      last = backlog.last();
      deliveryTag = backlog.deliveryTag();
      if (nextMessage >= ring.next() && !decoder.isBusy()) {
        caughtUp();
      }
    }
    if (!batch.isEmpty()) {
      send(batch, last, deliveryTag, 0);
    }
  }

  /** Sends {@code batch}, and what this bridge made itself, as far as {@code last}. */
  private void send(
      List<CeleryEvent> batch, @Nullable HeardMessage last, long deliveryTag, long decodedNanos) {
    while (!side.isEmpty() && batch.size() < MAX_BATCH_EVENTS) {
      batch.add(side.remove());
    }
    if (batch.isEmpty()) {
      nothingToSend(deliveryTag);
      return;
    }
    lastHash = last == null ? lastHash : MessageHash.of(last.bytes());
    FeedPosition position = new FeedPosition(token, ++batchNumber, lastHash);
    Span span = ForwardSpan.begin(node, source, position, batch, decodedNanos);
    inFlight.add(new InFlight(position, decodedEnd(), deliveryTag, span));
    owner.send(new EventBatch(source, position, batch, span.context()));
    scheduleIfWaiting();
  }

  /** Number of the first message whose events are not sent or kept yet. */
  private long decodedEnd() {
    return decoder.isBusy() ? Math.min(sliceFrom, nextMessage) : nextMessage;
  }

  /** What was read holds no event: it is done together with the batch before it. */
  private void nothingToSend(long deliveryTag) {
    InFlight before = inFlight.pollLast();
    if (before == null) {
      done(decodedEnd(), deliveryTag);
    } else {
      long tag = Math.max(before.deliveryTag(), deliveryTag);
      inFlight.add(new InFlight(before.position(), decodedEnd(), tag, before.span()));
      scheduleIfWaiting();
    }
  }

  @Override
  public void onDone(FeedPosition position) {
    InFlight sent = inFlight.poll();
    ackedHash = position.lastHash();
    if (sent != null) {
      sent.span().end();
      done(sent.endMessage(), sent.deliveryTag());
    }
  }

  private void endSpans(String reason) {
    inFlight.forEach(sent -> sent.span().fail(reason).end());
  }

  @Override
  public void onFenced(long fenced) {
    listener.onFenced(fenced);
  }

  private void done(long endMessage, long deliveryTag) {
    ring.removeBefore(endMessage);
    if (deliveryTag > 0) {
      events.acknowledge(deliveryTag);
    }
    acknowledgeCut();
    scheduleIfWaiting();
  }

  private void scheduleIfWaiting() {
    if (nextMessage < ring.next() || !side.isEmpty() || backlog.isActive()) {
      schedule();
    }
  }
}
