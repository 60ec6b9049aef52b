package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.EventRing;
import io.apfa.realtime.bridge.event.EventSink;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.Malformed;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.MessageHash;
import io.apfa.realtime.bridge.event.RedeliveryCut;
import io.apfa.realtime.bridge.event.TaskConflation;
import io.apfa.realtime.bridge.source.EventSource;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatch;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
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
 * so it leaves at once when it is quiet and is large when it is not. A batch is repeated unchanged
 * until the owner has it in its log; its messages stay in the ring until then. A bridge that stands
 * by keeps the last seconds in the ring; when it leads, it goes on after the message that the
 * stored feed position names.
 *
 * <p>Confined to its verticle's context.
 */
final class Forwarder implements OwnerLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int MAX_BATCH_EVENTS = 2000;
  private static final int MAX_BATCH_MESSAGES = 2000;
  private static final long MAX_BATCH_BYTES = 1 << 20;
  private static final int MAX_SIDE_EVENTS = 20_000;
  private static final int MAX_CONFLATED_EVENTS = 100_000;

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
  private final MessageDecoder decoder;
  private final BridgeMetrics metrics;
  private final Listener listener;
  private final EventRing ring;
  private final OwnerLink owner;
  private final RedeliveryCut cut = new RedeliveryCut();
  private final Deque<CeleryEvent> side = new ArrayDeque<>();
  private final TaskConflation conflation = new TaskConflation(MAX_CONFLATED_EVENTS);
  private final Collector collector = new Collector();

  private boolean leading;
  private boolean scheduled;
  private long token;
  private long batchNumber;
  private long nextMessage;
  private String lastHash = "";
  private String ackedHash = "";

  private boolean behind;
  private long swallowedSinceMillis;
  private @Nullable HeardMessage lastSwallowed;
  private final Deque<InFlight> inFlight = new ArrayDeque<>();

  /** What the leading bridge learns as it decodes. */
  interface Listener {
    /** An event that is on its way to the owner. */
    void onForwarded(CeleryEvent event);

    /** Nothing was heard between those times. */
    void onBreak(long sinceMillis, long untilMillis);

    /** The owner refused this bridge's token. */
    void onFenced(long token);
  }

  /** How far a batch on its way goes. */
  private record InFlight(FeedPosition position, long endMessage, long deliveryTag) {}

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
    this.decoder = decoder;
    this.metrics = metrics;
    this.listener = listener;
    this.ring = ring;
    this.owner = new OwnerLink(vertx, node, source, this);
  }

  /** A message was heard. */
  void onMessage(HeardMessage message) {
    ring.add(message);
    if (cut.decide(message) == RedeliveryCut.Verdict.DROP) {
      ring.removeFrom(nextMessage);
      events.acknowledge(message.deliveryTag());
    }
    if (leading) {
      if (ring.isOverBytes()) {
        swallow();
      }
      schedule();
    } else if (ring.isOverBytes()) {
      ring.evict(message.receivedMillis());
    }
  }

  /**
   * The broker will deliver anew what was not acknowledged: what waits here is forgotten, and what
   * comes again is cut at the last message that is on its way or done.
   */
  void onRedelivery() {
    if (leading) {
      ring.removeFrom(nextMessage);
      beginCut(lastHash);
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

  /** Forgets what a standby need not remember. */
  void tick(long nowMillis) {
    if (!leading) {
      ring.evict(nowMillis);
    }
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
    nextMessage = from;
    lastHash = hash;
    ackedHash = hash;
    inFlight.clear();
    owner.giveUp();
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
    owner.giveUp();
    side.clear();
    conflation.clear();
    behind = false;
    lastSwallowed = null;
  }

  /** How far behind it is, in bytes of messages. */
  long pendingBytes() {
    return ring.bytes();
  }

  /** The owner is behind by a whole ring: keeps of what was heard only what still matters. */
  private void swallow() {
    if (!behind) {
      behind = true;
      swallowedSinceMillis = ring.get(ring.first()).receivedMillis();
      LOG.warn("source {}: the owner is behind; conflating events by task", source);
    }
    collector.begin();
    while (nextMessage < ring.next()) {
      HeardMessage message = ring.get(nextMessage++);
      if (message.form() == HeardMessage.Form.BREAK) {
        listener.onBreak(message.sinceMillis(), message.receivedMillis());
      } else {
        decoder.decode(message, collector);
        lastSwallowed = message;
      }
    }
    collector.batch.forEach(conflation::add);
    metrics.onConflated(conflation.takeConflated());
    ring.removeBefore(ring.next());
  }

  /** Says what conflation cost, once the owner has the rest. */
  private void caughtUp() {
    behind = false;
    long dropped = conflation.takeDropped();
    LOG.info("source {}: caught up; {} events were dropped", source, dropped);
    if (dropped > 0) {
      metrics.onLost(dropped);
      side.add(
          new CeleryEvent.Loss(
              new Update.Gap(
                  swallowedSinceMillis,
                  node.clock().millis(),
                  null,
                  List.of(),
                  dropped,
                  "the owner was behind")));
    }
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      context.runOnContext(
          v -> {
            scheduled = false;
            pump();
          });
    }
  }

  private void pump() {
    if (!leading || owner.isFull() || cut.isHolding()) {
      return;
    }
    collector.begin();
    long bytes = 0;
    int messages = 0;
    long deliveryTag = 0;
    HeardMessage last = null;
    collector.batch.addAll(conflation.take(MAX_BATCH_EVENTS));
    if (behind && conflation.isEmpty()) {
      last = lastSwallowed;
      deliveryTag = last == null ? 0 : last.deliveryTag();
      caughtUp();
    }
    while (!behind
        && nextMessage < ring.next()
        && collector.batch.size() < MAX_BATCH_EVENTS
        && messages < MAX_BATCH_MESSAGES
        && bytes < MAX_BATCH_BYTES) {
      HeardMessage message = ring.get(nextMessage++);
      messages++;
      bytes += message.bytes().length;
      deliveryTag = Math.max(deliveryTag, message.deliveryTag());
      if (message.form() == HeardMessage.Form.BREAK) {
        listener.onBreak(message.sinceMillis(), message.receivedMillis());
        continue;
      }
      int before = collector.batch.size();
      decoder.decode(message, collector);
      last = collector.batch.size() > before ? message : last;
    }
    while (!side.isEmpty() && collector.batch.size() < MAX_BATCH_EVENTS) {
      collector.batch.add(side.remove());
    }
    if (collector.batch.isEmpty()) {
      nothingToSend(deliveryTag);
      return;
    }
    lastHash = last == null ? lastHash : MessageHash.of(last.bytes());
    EventBatch batch =
        new EventBatch(source, new FeedPosition(token, ++batchNumber, lastHash), collector.batch);
    inFlight.add(new InFlight(batch.position(), nextMessage, deliveryTag));
    owner.send(batch);
    scheduleIfWaiting();
  }

  /** What was read holds no event: it is done together with the batch before it. */
  private void nothingToSend(long deliveryTag) {
    InFlight before = inFlight.pollLast();
    if (before == null) {
      done(nextMessage, deliveryTag);
    } else {
      long tag = Math.max(before.deliveryTag(), deliveryTag);
      inFlight.add(new InFlight(before.position(), nextMessage, tag));
      scheduleIfWaiting();
    }
  }

  @Override
  public void onDone(FeedPosition position) {
    InFlight sent = inFlight.poll();
    ackedHash = position.lastHash();
    if (sent != null) {
      done(sent.endMessage(), sent.deliveryTag());
    }
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
    scheduleIfWaiting();
  }

  private void scheduleIfWaiting() {
    if (nextMessage < ring.next() || !side.isEmpty() || !conflation.isEmpty()) {
      schedule();
    }
  }

  /** Gathers the events of a batch. Confined to its verticle's context. */
  private final class Collector implements EventSink {
    private List<CeleryEvent> batch = new ArrayList<>();

    void begin() {
      batch = new ArrayList<>();
    }

    @Override
    public void onEvent(CeleryEvent event) {
      batch.add(event);
      metrics.onReceived(
          event.kind() == CeleryEvent.Kind.TASK
              ? ((CeleryEvent.TaskEvent) event).type()
              : ((CeleryEvent.WorkerEvent) event).type());
      listener.onForwarded(event);
    }

    @Override
    public void onIgnored(String type) {
      metrics.onReceived(type);
    }

    @Override
    public void onMalformed(Malformed reason, String detail) {
      metrics.onMalformed(reason, detail, node.ticker().nanos());
    }
  }
}
