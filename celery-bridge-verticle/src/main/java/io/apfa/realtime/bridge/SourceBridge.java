package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.EventRing;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.MetaSupplement;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.ResultMeta;
import io.apfa.realtime.bridge.source.EventSource;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeAnswer;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge of one source: it hears, and, while it holds the lease, forwards, watches the queues
 * and acts. Confined to its verticle's context.
 */
final class SourceBridge implements EventSource.Listener, Leadership.Listener, Forwarder.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(SourceBridge.class);
  private static final long TICK_MILLIS = 500;
  private static final long QUEUES_MILLIS = 2000;
  private static final long HEARD_MILLIS = 5000;
  private static final long RETRY_MILLIS = 200;
  private static final String HEARD_KEY = "heard";

  private final Vertx vertx;
  private final Node node;
  private final SourceOptions options;
  private final SourceConnections connections;
  private final BridgeMetrics metrics;
  private final Leadership leadership;
  private final Forwarder forwarder;
  private final MetaSupplement supplement;
  private final QueueWatch queueWatch;
  private final SourceDesk desk;
  private final Repair repair;

  private boolean connected;
  private boolean ready;

  /** Whether this bridge did not lead before the lease it has, or asks for, now. */
  private boolean stoodBy = true;

  private long ticks;
  private long tickTimer = -1;

  SourceBridge(Vertx vertx, Node node, BridgeOptions bridge, SourceOptions options) {
    this.vertx = vertx;
    this.node = node;
    this.options = options;
    this.connections = SourceConnections.open(vertx, node, options);
    this.metrics = new BridgeMetrics(node.metrics(), options.name());
    Redactor redactor = Redactor.of(bridge.redactPatterns());
    this.supplement = new MetaSupplement(redactor);
    this.leadership = new Leadership(vertx, node, options.name(), this);
    this.forwarder =
        new Forwarder(
            vertx,
            node,
            options.name(),
            connections.events(),
            new MessageDecoder(redactor, MessageDecoder.DEFAULT_MAX_BODY_BYTES),
            metrics,
            this,
            new EventRing(Forwarder.RING_BYTES, Forwarder.RING_AGE_MILLIS));
    this.queueWatch = new QueueWatch(connections.queues(), redactor, forwarder::offer);
    this.desk =
        new SourceDesk(
            node,
            bridge,
            options.name(),
            connections,
            redactor,
            metrics,
            forwarder::offer,
            () -> ready,
            this::describe,
            this::onWorkerReady);
    this.repair =
        new Repair(
            options.name(),
            new Reconciler(
                node,
                options.name(),
                desk.finder(),
                desk.workers(),
                redactor,
                metrics,
                forwarder::offer),
            new WorkerWatch(
                connections.control(),
                options.serializer(),
                desk.workers(),
                node.clock(),
                forwarder::offer),
            desk.workers(),
            metrics,
            forwarder::offer);
  }

  Future<Void> start() {
    EventSource results = connections.results();
    if (results != null) {
      results.start(new Results());
    }
    tickTimer = vertx.setPeriodic(TICK_MILLIS, id -> tick());
    return connections.events().start(this).onSuccess(v -> leadership.start());
  }

  Future<Void> stop() {
    vertx.cancelTimer(tickTimer);
    metrics.close();
    return leadership.stop().compose(v -> connections.close());
  }

  Future<CommandReply> accept(CommandRequest request) {
    return ready ? desk.accept(request) : notLeading();
  }

  Future<BridgeAnswer> answer(BridgeQuery query) {
    return ready ? desk.answer(query) : notLeading();
  }

  /** Whether this bridge forwards the source. */
  boolean isLeading() {
    return ready;
  }

  /** Who does, as last heard. */
  @Nullable String leader() {
    return leadership.holder();
  }

  private <T> Future<T> notLeading() {
    return Future.failedFuture(
        new RefusedException(
            ErrorCode.UNAVAILABLE, "no bridge forwards source " + options.name() + " now"));
  }

  @Override
  public void onMessage(HeardMessage message) {
    forwarder.onMessage(message);
  }

  @Override
  public void onConnected() {
    connected = true;
    metrics.setConnected(true);
    if (connections.events().isKeeping()) {
      forwarder.onRedelivery();
    }
    LOG.info("source {}: connected to its broker", options.name());
  }

  @Override
  public void onDisconnected(String reason) {
    connected = false;
    metrics.setConnected(false);
    LOG.warn("source {}: broker connection lost: {}", options.name(), reason);
    if (!connections.events().isKeeping()
        && node.directory().nodesWith(Role.CELERY_BRIDGE).size() > 1) {
      leadership.yieldLease();
    }
  }

  @Override
  public void onLead(long token) {
    ready = false;
    takeOver(token);
  }

  private void takeOver(long token) {
    if (!leadership.isLeading()) {
      return;
    }
    Future<StateStore.@Nullable Head> head = node.store().head(options.name());
    Future<List<String>> values = node.store().readValues(options.name());
    Future.all(head, values)
        .onComplete(
            read -> {
              StateStore.Head found = head.result();
              lead(token, found == null ? FeedPosition.NONE : found.feed(), values.result());
            },
            failure -> {
              LOG.warn("source {}: not taken over yet: {}", options.name(), failure.toString());
              vertx.setTimer(RETRY_MILLIS, id -> takeOver(token));
            });
  }

  private void lead(long token, FeedPosition stored, List<String> values) {
    if (!leadership.isLeading() || !leadership.isToken(token)) {
      return;
    }
    ready = true;
    desk.load(values);
    desk.onLead(true, node.clock().millis());
    queueWatch.reset();
    connections.events().consume(true);
    repair.begin(node.clock().millis(), stoodBy);
    stoodBy = false;
    boolean follows = forwarder.lead(token, stored);
    if (!follows && !connections.events().isKeeping()) {
      long now = node.clock().millis();
      repair.onBreak(heardBefore(values), now, "no bridge listened", now);
    }
  }

  @Override
  public void onStandby() {
    ready = false;
    stoodBy = true;
    desk.onLead(false, node.clock().millis());
    connections.events().consume(false);
    forwarder.standBy();
  }

  @Override
  public void onFenced(long token) {
    leadership.onFenced(token);
  }

  @Override
  public void onOwnerOutOfReach() {
    leadership.yieldLease();
  }

  @Override
  public void onForwarded(CeleryEvent event) {
    desk.onEvent(event);
    if (event.kind() == CeleryEvent.Kind.TASK) {
      CeleryEvent.TaskEvent task = (CeleryEvent.TaskEvent) event;
      supplement.onEvent(task);
      repair.onTask(task);
      if (task.queue() != null) {
        queueWatch.onQueueNamed(task.queue());
      }
    } else if (event.kind() == CeleryEvent.Kind.WORKER) {
      repair.onWorker((CeleryEvent.WorkerEvent) event);
    }
  }

  private void onWorkerReady(String hostname) {
    repair.onWorkerCame(hostname);
  }

  @Override
  public void onBreak(long sinceMillis, long untilMillis, String reason) {
    repair.onBreak(sinceMillis, untilMillis, reason, node.clock().millis());
  }

  private static long heardBefore(List<String> values) {
    for (int i = 0; i + 1 < values.size(); i += 2) {
      if (values.get(i).equals(HEARD_KEY)) {
        return Long.parseLong(values.get(i + 1));
      }
    }
    return Times.UNKNOWN_MILLIS;
  }

  private void tick() {
    long now = node.clock().millis();
    ticks++;
    metrics.setLeading(leadership.isLeading());
    forwarder.tick(now);
    metrics.setLag(forwarder.lagMillis(now));
    if (!ready) {
      return;
    }
    if (connected && forwarder.isCaughtUp()) {
      repair.onHeardUntil(connections.events().heardUntilMillis(), now);
    }
    desk.tick(now);
    repair.tick(now);
    supplement.tick(now).forEach(forwarder::offer);
    if (ticks % (QUEUES_MILLIS / TICK_MILLIS) == 0) {
      queueWatch
          .read(now)
          .onFailure(e -> LOG.debug("source {}: queues not read", options.name(), e));
    }
    if (connected && ticks % (HEARD_MILLIS / TICK_MILLIS) == 0) {
      node.store()
          .putValue(options.name(), HEARD_KEY, Long.toString(now))
          .onFailure(e -> LOG.debug("source {}: time not kept", options.name(), e));
    }
  }

  private Map<String, @Nullable Object> describe() {
    Map<String, @Nullable Object> self = new LinkedHashMap<>();
    self.put("source", options.name());
    self.put("node", node.id().value());
    self.put("connected", connected);
    self.put("pendingBytes", forwarder.pendingBytes());
    return self;
  }

  /** What is written to the result backend. Confined to its verticle's context. */
  private final class Results implements EventSource.Listener {
    @Override
    public void onMessage(HeardMessage message) {
      if (!ready || message.form() == HeardMessage.Form.BREAK) {
        return;
      }
      ResultMeta meta = ResultMeta.read(message.bytes());
      if (meta != null) {
        supplement.onResult(meta, message.receivedMillis()).forEach(forwarder::offer);
      }
    }

    @Override
    public void onConnected() {
      LOG.info("source {}: hears its result backend", options.name());
    }

    @Override
    public void onDisconnected(String reason) {
      LOG.warn("source {}: result backend lost: {}", options.name(), reason);
    }
  }
}
