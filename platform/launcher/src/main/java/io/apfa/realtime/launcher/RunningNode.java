package io.apfa.realtime.launcher;

import io.apfa.realtime.bridge.CeleryBridgeVerticle;
import io.apfa.realtime.broadcaster.BroadcasterVerticle;
import io.apfa.realtime.gateway.GatewayVerticle;
import io.apfa.realtime.launcher.trace.OtlpTracing;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.ratelimit.RateLimitVerticle;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.CurrentLimits;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.runtime.Ticker;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.RedisStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.unix.Errors;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One node, started: its Vert.x, the parts every verticle shares, the verticles of its roles and
 * the management port.
 *
 * <p>Thread-safe: set up before it is published; stopping is asked once.
 */
final class RunningNode {
  private static final Duration STOP_AFTER_DRAIN = Duration.ofMinutes(1);

  /**
   * Contexts take event loops in turn: the bus, four verticles, the management port. With fewer
   * loops than those two of them share one, and each message between verticles waits for a flush to
   * many sessions when they are the bus and the gateway.
   */
  private static final int LEAST_EVENT_LOOPS = 8;

  private final Configuration configuration;
  private final Vertx vertx;
  private final Node node;
  private final Readiness readiness;
  private final PrometheusMeterRegistry registry;
  private final Deque<String> deployments = new ArrayDeque<>();
  private @Nullable GatewayVerticle gateway;
  private int managementPort;

  private RunningNode(
      Configuration configuration, Vertx vertx, Node node, PrometheusMeterRegistry registry) {
    this.configuration = configuration;
    this.vertx = vertx;
    this.node = node;
    this.registry = registry;
    this.readiness =
        new Readiness(
            node, configuration.roles(), configuration.sources(), configuration.maxEventLag());
  }

  /** Starts a node; completes when its verticles run, and fails with nothing left behind. */
  static Future<RunningNode> start(Configuration configuration) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    return openVertx(configuration, registry)
        .compose(
            vertx ->
                openNode(configuration, vertx, registry)
                    .compose(node -> deploy(configuration, vertx, node, registry))
                    .recover(
                        failure ->
                            vertx.close().transform(closed -> Future.failedFuture(failure))));
  }

  private static Future<RunningNode> deploy(
      Configuration configuration, Vertx vertx, Node node, PrometheusMeterRegistry registry) {
    return new RunningNode(configuration, vertx, node, registry)
        .deployAll()
        .recover(
            failure -> node.tracing().close().transform(closed -> Future.failedFuture(failure)));
  }

  Vertx vertx() {
    return vertx;
  }

  Bus bus() {
    return node.bus();
  }

  NodeId id() {
    return node.id();
  }

  /** The gateway's actual port; 0 on a node without a gateway. */
  int gatewayPort() {
    return gateway == null ? 0 : gateway.actualPort();
  }

  /** The management port it listens on. */
  int managementPort() {
    return managementPort;
  }

  /** What was started, one line each, for the console. */
  List<String> describe() {
    List<String> lines = new ArrayList<>();
    lines.add("node             " + node.id() + " " + configuration.roles());
    lines.add("management       http://" + configuration.managementHost() + ":" + managementPort);
    if (gateway != null) {
      lines.add(
          "dashboard        http://"
              + configuration.values().getOrDefault("gateway.http.host", "127.0.0.1")
              + ":"
              + gatewayPort());
    }
    return lines;
  }

  /** The longest that {@link #stop} may take: the drain window in force, and a minute. */
  Duration longestStop() {
    return Duration.ofNanos(node.limits().get().getNanosOfMillis(LimitKey.DRAIN_WINDOW_MILLIS))
        .plus(STOP_AFTER_DRAIN);
  }

  /** Leaves well: not ready, sessions drained if another gateway can take them, then stops. */
  Future<Void> stop() {
    readiness.drain();
    boolean handOver = node.directory().nodesWith(Role.GATEWAY).size() > 1;
    GatewayVerticle draining = gateway;
    Future<Void> drained =
        draining == null || !handOver ? Future.succeededFuture() : draining.drain();
    return drained
        .otherwiseEmpty()
        .compose(v -> undeployAll())
        .otherwiseEmpty()
        .compose(v -> node.store().close())
        .otherwiseEmpty()
        .compose(v -> node.tracing().close())
        .otherwiseEmpty()
        .compose(v -> vertx.close());
  }

  private static Future<Vertx> openVertx(
      Configuration configuration, PrometheusMeterRegistry registry) {
    VertxOptions options =
        new VertxOptions()
            .setPreferNativeTransport(true)
            .setEventLoopPoolSize(
                Math.max(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE, LEAST_EVENT_LOOPS))
            .setMetricsOptions(
                new MicrometerMetricsOptions().setEnabled(true).setJvmMetricsEnabled(true));
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(new MicrometerMetricsFactory(registry));
    if (!configuration.cluster().enabled()) {
      return Future.succeededFuture(builder.build());
    }
    options.setEventBusOptions(
        new EventBusOptions()
            .setHost(configuration.cluster().host())
            .setConnectTimeout(Cluster.CONNECT_TIMEOUT_MILLIS)
            .setClusterPingInterval(3000)
            .setClusterPingReplyInterval(3000));
    ClusterOptions cluster = configuration.cluster();
    return builder
        .withClusterManager(Cluster.manager(cluster))
        .buildClustered()
        .recover(failure -> Future.failedFuture(cannotJoin(cluster, failure)));
  }

  private static IllegalStateException cannotJoin(ClusterOptions cluster, Throwable failure) {
    String at = cluster.host() + ":" + cluster.port();
    return new IllegalStateException(
        "cluster.host, cluster.port: " + at + " (expected: a free port): " + failure.getMessage(),
        failure);
  }

  private static Future<Node> openNode(
      Configuration configuration, Vertx vertx, PrometheusMeterRegistry registry) {
    NodeId id = new NodeId(UUID.randomUUID().toString().substring(0, 13));
    Ticker ticker = new SystemTicker();
    Clock clock = new SystemClock();
    StateStore store = openStore(configuration, vertx, clock);
    return Bus.open(vertx, id)
        .onSuccess(
            bus ->
                FunctionCounter.builder("apfa_bus_rebuilds", bus, Bus::rebuilds)
                    .description("Times this node registered its bus addresses anew")
                    .register(registry))
        .map(
            bus ->
                new Node(
                    id,
                    bus,
                    Directory.open(vertx, bus, configuration.roles(), ticker, clock),
                    store,
                    CurrentLimits.open(vertx, bus),
                    ticker,
                    clock,
                    registry,
                    OtlpTracing.open(
                        configuration.tracing(),
                        id,
                        configuration.roles(),
                        Main.version(),
                        registry)))
        .onSuccess(
            node ->
                Gauge.builder("apfa_nodes", node.directory(), Directory::nodeCount)
                    .description("Nodes that this one hears on the bus, itself included")
                    .register(registry));
  }

  private static StateStore openStore(Configuration configuration, Vertx vertx, Clock clock) {
    String url = configuration.effectiveStateUrl();
    return url.equals("memory:")
        ? new MemoryStateStore(clock)
        : RedisStateStore.open(vertx, url, configuration.stateKeyPrefix());
  }

  private Future<RunningNode> deployAll() {
    Future<Void> deployed = Future.succeededFuture();
    if (configuration.roles().contains(Role.RATELIMIT)) {
      deployed =
          deployed.compose(v -> deploy(new RateLimitVerticle(node, configuration.rateLimit())));
    }
    if (configuration.roles().contains(Role.BROADCASTER)) {
      deployed =
          deployed.compose(v -> deploy(new BroadcasterVerticle(node, configuration.broadcaster())));
    }
    if (configuration.roles().contains(Role.CELERY_BRIDGE)) {
      deployed =
          deployed.compose(v -> deploy(new CeleryBridgeVerticle(node, configuration.bridge())));
    }
    if (configuration.roles().contains(Role.GATEWAY)) {
      GatewayVerticle made = new GatewayVerticle(node, configuration.gateway());
      gateway = made;
      deployed =
          deployed.compose(
              v ->
                  deploy(made)
                      .recover(
                          failure ->
                              portTaken(
                                  "gateway.http.port",
                                  configuration.values().getOrDefault("gateway.http.port", "8080"),
                                  failure)));
    }
    return deployed
        .compose(
            v ->
                new ManagementServer(readiness, registry)
                    .listen(vertx, configuration.managementHost(), configuration.managementPort())
                    .recover(
                        failure ->
                            portTaken(
                                "management.port",
                                Integer.toString(configuration.managementPort()),
                                failure)))
        .map(
            server -> {
              managementPort = server.actualPort();
              return this;
            });
  }

  private static <T> Future<T> portTaken(String key, String value, Throwable failure) {
    // NIO says it by the one, epoll by the other
    boolean unbound =
        failure instanceof BindException || failure instanceof Errors.NativeIoException;
    return Future.failedFuture(
        unbound
            ? new IllegalStateException(
                key + ": " + value + " (expected: a free port): " + failure.getMessage(), failure)
            : failure);
  }

  private Future<Void> deploy(Deployable verticle) {
    return vertx
        .deployVerticle(verticle)
        .map(
            id -> {
              deployments.push(id);
              return null;
            });
  }

  private Future<Void> undeployAll() {
    String next = deployments.poll();
    return next == null
        ? Future.succeededFuture()
        : vertx.undeploy(next).otherwiseEmpty().compose(v -> undeployAll());
  }
}
