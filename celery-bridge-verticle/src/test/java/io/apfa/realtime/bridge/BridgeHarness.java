package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeAnswer;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.CurrentLimits;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.OptionsReader;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.RedisStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.testkit.RecordedTracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A node with a bridge and a twin of the owner beside it. Confined to the test's thread. */
final class BridgeHarness implements AutoCloseable {
  final Vertx vertx = Vertx.vertx();
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  final RecordedTracing traces = new RecordedTracing();
  final Node node;
  final OwnerTwin owner;
  private String deployment;

  private BridgeHarness(String nodeId, Function<Vertx, StateStore> stores) {
    NodeId id = new NodeId(nodeId);
    Bus bus = join(Bus.open(vertx, id));
    SystemTicker ticker = new SystemTicker();
    SystemClock clock = new SystemClock();
    this.node =
        new Node(
            id,
            bus,
            Directory.open(vertx, bus, Set.of(Role.CELERY_BRIDGE, Role.BROADCASTER), ticker, clock),
            stores.apply(vertx),
            CurrentLimits.open(vertx, bus),
            ticker,
            clock,
            metrics,
            traces);
    this.owner = OwnerTwin.start(vertx, node, "celery");
  }

  static BridgeHarness start(String brokerUrl) {
    return start(brokerUrl, new MemoryStateStore(new SystemClock()), Map.of());
  }

  static BridgeHarness start(String brokerUrl, Map<String, String> options) {
    return start(brokerUrl, new MemoryStateStore(new SystemClock()), options);
  }

  static BridgeHarness start(String brokerUrl, StateStore store, Map<String, String> options) {
    return start(brokerUrl, vertx -> store, options);
  }

  /** A bridge whose state is in the Redis at {@code stateUrl}. */
  static BridgeHarness startOnRedis(
      String brokerUrl, String stateUrl, Map<String, String> options) {
    return start(
        brokerUrl,
        vertx -> {
          StateStore store = RedisStateStore.open(vertx, stateUrl, "apfa:");
          // a first call also loads classes, which may take longer than a call may
          org.awaitility.Awaitility.await("the state store answers")
              .atMost(30, TimeUnit.SECONDS)
              .ignoreExceptions()
              .until(() -> join(store.ping().map(true)));
          return store;
        },
        options);
  }

  private static BridgeHarness start(
      String brokerUrl, Function<Vertx, StateStore> stores, Map<String, String> options) {
    BridgeHarness harness = new BridgeHarness("node-" + System.nanoTime(), stores);
    harness.deployBridge(brokerUrl, options);
    return harness;
  }

  /** A node without a bridge. */
  static BridgeHarness bare() {
    return new BridgeHarness(
        "node-" + System.nanoTime(), vertx -> new MemoryStateStore(new SystemClock()));
  }

  void deployBridge(String brokerUrl, Map<String, String> options) {
    Map<String, String> values = new HashMap<>(options);
    values.put("broker.url", brokerUrl);
    BridgeOptions read = BridgeOptions.from(new OptionsReader(values), "");
    deployment = join(vertx.deployVerticle(new CeleryBridgeVerticle(node, read)));
  }

  void undeployBridge() {
    join(vertx.undeploy(deployment));
  }

  boolean isConnected() {
    return metrics.get("apfa.bridge.connected").tag("source", "celery").gauge().value() == 1;
  }

  /** Waits until the bridge hears and forwards. */
  void awaitForwarding() {
    org.awaitility.Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                isConnected()
                    && node.bus()
                        .request(
                            node.id(),
                            new BridgeQuery("celery", BridgeQuery.What.AUDIT, "", 1),
                            BridgeAnswer.class,
                            Duration.ofSeconds(2))
                        .map(true)
                        .recover(e -> io.vertx.core.Future.succeededFuture(false))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get());
  }

  CommandReply command(String msgId, Command command) {
    return join(
        node.bus()
            .request(
                node.id(),
                new CommandRequest("celery", msgId, "alice", "127.0.0.1", command),
                CommandReply.class,
                Duration.ofSeconds(5)));
  }

  /** Sends a command, waits for its end and returns the id. */
  String runToEnd(Command command) {
    String id = command(null, command).commands().get(0).commandId();
    org.awaitility.Awaitility.await(command.kind().toString())
        .atMost(15, TimeUnit.SECONDS)
        .until(() -> owner.hasEnded(id));
    return id;
  }

  String query(BridgeQuery.What what, String key, int limit) {
    return join(node.bus()
            .request(
                node.id(),
                new BridgeQuery("celery", what, key, limit),
                BridgeAnswer.class,
                Duration.ofSeconds(5)))
        .json();
  }

  double counter(String name, String... tags) {
    var found = metrics.find(name).tags(tags).counter();
    return found == null ? 0 : found.count();
  }

  static <T> T join(io.vertx.core.Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException
        | java.util.concurrent.ExecutionException
        | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    join(vertx.close());
  }
}
