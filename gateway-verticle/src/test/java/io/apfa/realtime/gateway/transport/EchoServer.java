package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.PublicServer;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The gateway's transports with an echo in place of the bridge's protocol: same server options,
 * same handlers in the pipeline, same guards, same writer. The Autobahn test suite of the profile
 * {@code conformance} drives it at any path, the SockJS protocol document at its own four.
 */
public final class EchoServer extends VerticleBase {
  /** Bytes after which a streaming answer ends, small as the protocol document wants it. */
  public static final int STREAM_LIMIT_BYTES = 4096;

  /** The largest messages that can be configured: Autobahn sends up to 16 MB. */
  private static final Limits LARGE =
      EchoParts.LIMITS
          .with(LimitKey.GATEWAY_MAX_FRAME_BYTES, 16_777_216)
          .with(LimitKey.SESSION_OUTBOX_BYTES, 67_108_864);

  private final EchoParts parts;
  private volatile int actualPort;

  private EchoServer(String host, int port) {
    this.parts = new EchoParts(host, port, LARGE);
  }

  /** An echo on a free port of loopback. */
  public static EchoServer onFreePort() {
    return new EchoServer("127.0.0.1", 0);
  }

  /** Where it listens; 0 before it has started. */
  public int actualPort() {
    return actualPort;
  }

  @Override
  public Future<?> start() {
    RawWebSockets sockets =
        new RawWebSockets(parts.hub, parts.door, EchoServer::echo, parts.ticker);
    Router router = Router.router(vertx);
    mount(router, "/echo", options());
    mount(router, "/disabled_websocket_echo", options().addDisabledTransport("WEBSOCKET"));
    mount(router, "/cookie_needed_echo", options().setInsertJSESSIONID(true));
    SockJsSessions closing = sessions();
    PublicRoutes.mountSockJs(
        router,
        "/close",
        closing,
        SockJSHandler.create(vertx, options()).socketHandler(SockJSSocket::close),
        parts.hub.limits());
    return vertx
        .createHttpServer(PublicServer.options(parts.options, parts.hub.limits()))
        .requestHandler(request -> serve(sockets, router, request))
        .listen()
        .onSuccess(server -> actualPort = server.actualPort());
  }

  private static SockJSHandlerOptions options() {
    SockJSHandlerOptions options =
        SockJsSessions.options().setMaxBytesStreaming(STREAM_LIMIT_BYTES);
    options.getDisabledTransports().clear();
    return options;
  }

  private SockJsSessions sessions() {
    return new SockJsSessions(vertx, parts.hub, parts.door, EchoServer::echo, parts.ticker);
  }

  private void mount(Router router, String path, SockJSHandlerOptions options) {
    SockJsSessions sessions = sessions();
    PublicRoutes.mountSockJs(router, path, sessions, sessions.router(options), parts.hub.limits());
  }

  private static void serve(RawWebSockets sockets, Router router, HttpServerRequest request) {
    String path = request.path();
    boolean raw = path.equals("/") || path.equals("/echo/websocket");
    if (!raw || !request.canUpgradeToWebSocket()) {
      router.handle(request);
      return;
    }
    sockets.upgrade(request, new EchoMessages());
  }

  private static final class EchoMessages implements RawWebSockets.Messages {
    @Override
    public void onOpen(Session session) {
      // the client speaks first
    }

    @Override
    public void onText(Session session, String text) {
      echo(session, text, true);
    }

    @Override
    public void onBinary(Session session, Buffer bytes) {
      session.send(new Frame(bytes, false, "reply"));
    }
  }

  private static void echo(Session session, String text, boolean binary) {
    session.send(Frame.text(Buffer.buffer(text), "reply"));
  }

  /** Listens at the port {@code args[0]} of the address that the test suite's plugin asks for. */
  public static void main(String[] args) throws UnknownHostException {
    String host = InetAddress.getLocalHost().getHostAddress();
    Vertx.vertx(new VertxOptions().setPreferNativeTransport(true))
        .deployVerticle(new EchoServer(host, Integer.parseInt(args[0])))
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }
}
