package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.CurrentLimits;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.OptionsReader;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.testkit.RecordedTracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A real gateway on a free port, with a small owner and a small bridge on its bus. Confined to the
 * test's thread.
 */
final class TestGateway implements AutoCloseable {
  final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  final TestStore store = new TestStore();
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  final RecordedTracing traces = new RecordedTracing();
  final List<BusMessage.CommandRequest> commands = new CopyOnWriteArrayList<>();
  final HttpClient http = HttpClient.newHttpClient();

  /** What the leading rate-limit node says became of its file; null = none leads. */
  volatile BusMessage.LimitsRecord limitsRecord;

  final Bus bus;
  final TestOwner owner;
  final GatewayVerticle gateway;
  final Node node;

  private TestGateway(Map<String, String> options) {
    bus = await(Bus.open(vertx, new NodeId("test")));
    Directory directory =
        Directory.open(
            vertx,
            bus,
            EnumSet.of(Role.GATEWAY, Role.BROADCASTER, Role.CELERY_BRIDGE, Role.RATELIMIT),
            new SystemTicker(),
            new SystemClock());
    CurrentLimits limits = CurrentLimits.open(vertx, bus);
    node =
        new Node(
            bus.self(),
            bus,
            directory,
            store,
            limits,
            new SystemTicker(),
            new SystemClock(),
            metrics,
            traces);
    owner = new TestOwner(bus, store);
    bus.respond(BusMessage.Kind.COMMAND_REQUEST, BusMessage.CommandRequest.class, this::onCommand);
    bus.respond(
        BusMessage.Kind.BRIDGE_QUERY,
        BusMessage.BridgeQuery.class,
        query -> Future.succeededFuture(new BusMessage.BridgeAnswer("[{\"check\":\"ok\"}]")));
    bus.respond(BusMessage.Kind.LIMITS_QUERY, BusMessage.LimitsQuery.class, this::onLimitsQuery);
    bus.respond(
        BusMessage.Kind.PERMIT_REQUEST,
        BusMessage.PermitRequest.class,
        request -> Future.failedFuture(new RefusedException(ErrorCode.UNAVAILABLE, "not leading")));
    Map<String, String> all = new HashMap<>(options);
    all.putIfAbsent("gateway.http.port", "0");
    OptionsReader reader = new OptionsReader(all);
    GatewayOptions read = GatewayOptions.from(reader, List.of(TestOwner.SOURCE));
    reader.finish();
    gateway = new GatewayVerticle(node, read);
    await(vertx.deployVerticle(gateway));
    Awaitility.await().until(() -> directory.ownerOf(TestOwner.SOURCE) != null);
  }

  static TestGateway start() {
    return start(Map.of());
  }

  static TestGateway start(Map<String, String> options) {
    return new TestGateway(options);
  }

  /** Puts other limits in force. */
  void limits(Limits limits, long version) {
    limits(LimitPolicy.of(limits), version);
  }

  /** Puts other limits in force, for some or for all. */
  void limits(LimitPolicy policy, long version) {
    bus.announce(
        new BusMessage.LimitsAnnouncement(
            1, version, 1_795_555_000_000L, policy.common(), null, policy.overrides()));
  }

  int port() {
    return gateway.actualPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  TestClient connect() {
    return TestClient.connect(vertx, port(), "/eventbus/websocket", Map.of());
  }

  HttpResponse<String> get(String path, String... headers) {
    return send(request(path, headers).GET().build());
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    return send(request(path, headers).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url(path)));
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return builder;
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Future<BusMessage> onLimitsQuery(BusMessage.LimitsQuery query) {
    BusMessage.LimitsRecord known = limitsRecord;
    return known == null
        ? Future.failedFuture(new RefusedException(ErrorCode.UNAVAILABLE, "not leading"))
        : Future.succeededFuture(known);
  }

  private Future<BusMessage> onCommand(BusMessage.CommandRequest request) {
    commands.add(request);
    if ("refused".equals(request.msgId())) {
      return Future.failedFuture(
          new RefusedException(ErrorCode.CONFLICT, "msgId: used for another body"));
    }
    return Future.succeededFuture(
        new BusMessage.CommandReply(
            List.of(new BusMessage.CommandReply.Accepted("c" + commands.size(), "u1"))));
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    await(
        gateway.deploymentID() == null
            ? Future.succeededFuture()
            : vertx.undeploy(gateway.deploymentID()));
    await(vertx.close());
  }
}
