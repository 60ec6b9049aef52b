package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.PublicServer;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The gateway's WebSocket transport with an echo in place of the bridge's protocol: same server
 * options, same handlers in the pipeline, same writer. The Autobahn test suite of the profile
 * {@code conformance} drives it.
 */
public final class EchoServer extends VerticleBase {
  /** The largest messages that can be configured: the suite sends up to 16 MB. */
  private static final Limits LARGE =
      EchoParts.LIMITS
          .with(LimitKey.GATEWAY_MAX_FRAME_BYTES, 16_777_216)
          .with(LimitKey.SESSION_OUTBOX_BYTES, 67_108_864);

  private final String host;
  private final int port;

  private EchoServer(String host, int port) {
    this.host = host;
    this.port = port;
  }

  @Override
  public Future<?> start() {
    EchoParts parts = new EchoParts(host, port, LARGE);
    RawWebSockets sockets =
        new RawWebSockets(parts.hub, parts.door, EchoServer::echo, parts.ticker);
    return vertx
        .createHttpServer(PublicServer.options(parts.options, parts.hub.limits()))
        .requestHandler(request -> serve(sockets, request))
        .listen();
  }

  private static void serve(RawWebSockets sockets, HttpServerRequest request) {
    sockets.upgrade(
        request,
        (Session session, ServerWebSocket socket) -> {
          socket.textMessageHandler(text -> echo(session, text, true));
          socket.binaryMessageHandler(bytes -> session.send(new Frame(bytes, false, "reply")));
        });
  }

  private static void echo(Session session, String text, boolean binary) {
    session.send(Frame.text(Buffer.buffer(text), "reply"));
  }

  /** Listens at the port {@code args[0]} of the address that the test suite's plugin asks for. */
  public static void main(String[] args) throws UnknownHostException {
    String host = InetAddress.getLocalHost().getHostAddress();
    Vertx.vertx()
        .deployVerticle(new EchoServer(host, Integer.parseInt(args[0])))
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }
}
