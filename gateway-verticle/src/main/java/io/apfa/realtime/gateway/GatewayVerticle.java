package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.transport.Arrivals;
import io.apfa.realtime.gateway.transport.Door;
import io.apfa.realtime.gateway.transport.HttpApi;
import io.apfa.realtime.gateway.transport.PlainWebSockets;
import io.apfa.realtime.gateway.transport.PublicHandler;
import io.apfa.realtime.gateway.transport.PublicRoutes;
import io.apfa.realtime.gateway.transport.RawWebSockets;
import io.apfa.realtime.gateway.transport.SockJsSessions;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.ProcessorLoad;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Wires the gateway: the pure {@link Hub} to the bus, the transports and the clock.
 *
 * <p>Confined to its own context; {@link #actualPort} may be read by any thread once it has
 * started.
 */
public final class GatewayVerticle extends VerticleBase {
  private static final long TICK_MILLIS = 20;
  private static final long SECOND_MILLIS = 1000;

  private final Node node;
  private final GatewayOptions options;
  private final List<Bus.Registration> registrations = new ArrayList<>();
  private volatile int actualPort;
  private volatile @Nullable Running running;

  private record Running(
      Hub hub,
      Door door,
      CommandDesk desk,
      BusUpstream upstream,
      RawWebSockets raw,
      HttpServer server,
      Arrivals arrivals,
      Pressure pressure) {}

  public GatewayVerticle(Node node, GatewayOptions options) {
    this.node = node;
    this.options = options;
  }

  /** Where it listens; 0 before it has started. */
  public int actualPort() {
    return actualPort;
  }

  @Override
  public Future<?> start() {
    GatewayMetrics metrics = new GatewayMetrics(node.metrics(), node.clock());
    SourceClient client = new SourceClient(node);
    BusUpstream upstream =
        new BusUpstream(node, client, new SnapshotLoader(vertx, node, client), metrics);
    Hub hub = new Hub(options.sources(), upstream, metrics, node.limits().policy());
    upstream.connect(hub);
    metrics.showZeroes(options.sources());
    Arrivals arrivals = new Arrivals(node.ticker());
    Pressure pressure =
        new Pressure(node, hub, ProcessorLoad.ofThisProcess(node.ticker().nanos()), TICK_MILLIS);
    metrics.watch(
        () -> hub.sessions().size(),
        hub::unsentBytes,
        arrivals::waitingForTurn,
        pressure::drainLagSeconds);
    Authenticator authenticator = new Authenticator(options.auth(), node.clock());
    CommandDesk desk =
        new CommandDesk(node, client, new CommandBudgets(node), options.sources(), metrics);
    SessionProtocol protocol = new SessionProtocol(node, hub, desk, authenticator, metrics);
    Door door = new Door(options, authenticator, hub, node.ticker(), metrics::onRefused);
    RawWebSockets raw = new RawWebSockets(hub, door, protocol, node.ticker());
    HttpApi api =
        new HttpApi(
            vertx, node, hub, client, desk, authenticator, door, options.certPath() != null);
    Router router =
        PublicRoutes.create(
            vertx,
            node,
            door,
            () -> !door.isDraining(),
            new SockJsSessions(vertx, hub, door, protocol, node.ticker()),
            api);
    PlainWebSockets plain = new PlainWebSockets(raw, hub, door, protocol, node.ticker());
    HttpServer server =
        vertx
            .createHttpServer(PublicServer.options(options, node.limits().get()))
            .connectionHandler(arrivals::onConnection)
            .requestHandler(new PublicHandler(door, raw, plain, router, arrivals));
    Running parts = new Running(hub, door, desk, upstream, raw, server, arrivals, pressure);
    running = parts;
    return KeyRing.open(vertx, options.auth(), authenticator, hub)
        .compose(loaded -> TlsReload.open(vertx, server, options))
        .compose(ready -> server.listen())
        .onSuccess(
            listening -> {
              actualPort = listening.actualPort();
              follow(parts);
            });
  }

  private void follow(Running parts) {
    Hub hub = parts.hub();
    Inlet inlet = new Inlet((ContextInternal) context, node, hub);
    registrations.add(
        node.bus()
            .listen(
                BusMessage.Kind.PUBLICATION, BusMessage.Publication.class, inlet::onPublication));
    registrations.add(
        node.bus()
            .listen(
                BusMessage.Kind.LATEST_VALUES,
                BusMessage.LatestValues.class,
                inlet::onLatestValues));
    registrations.add(
        node.bus()
            .listen(
                BusMessage.Kind.OWNER_ANNOUNCEMENT,
                BusMessage.OwnerAnnouncement.class,
                parts.upstream()::onOwner));
    registrations.add(
        node.bus()
            .listen(
                BusMessage.Kind.PRESSURE_DIRECTIVE,
                BusMessage.PressureDirective.class,
                directive -> parts.door().setAdmitting(directive.admitting())));
    node.limits().onChange(policy -> apply(parts, policy));
    vertx.setPeriodic(
        TICK_MILLIS,
        id -> {
          hub.tick(node.ticker().nanos(), node.clock().millis());
          parts.arrivals().onTick();
          parts.pressure().onTick();
        });
    vertx.setPeriodic(
        SECOND_MILLIS,
        id -> {
          parts.upstream().renew();
          parts.pressure().report();
          parts.desk().tick();
          parts.arrivals().sweep();
        });
  }

  private void apply(Running parts, LimitPolicy policy) {
    parts.hub().applyLimits(policy, node.ticker().nanos());
    parts.door().applyLimits(policy.common());
  }

  /**
   * Leaves well: lets nobody in, closes the sessions spread over the drain window, and waits for
   * commands that have not been answered. May be called by any thread.
   */
  public Future<Void> drain() {
    Running parts = running;
    return parts == null
        ? Future.succeededFuture()
        : Drain.begin(vertx, context, node, parts.hub(), parts.door(), parts.desk());
  }

  @Override
  public Future<?> stop() {
    registrations.forEach(Bus.Registration::end);
    Running parts = running;
    if (parts == null) {
      return Future.succeededFuture();
    }
    for (Session session : List.copyOf(parts.hub().sessions())) {
      session.close(Disconnect.SHUTDOWN);
    }
    return parts.server().close().onComplete(closed -> parts.raw().close());
  }
}
