package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionTransport;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.runtime.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge's protocol over a plain WebSocket at {@code /eventbus/websocket}: the transport of our
 * own client, with binary frames.
 *
 * <p>Confined to its verticle's context.
 */
public final class RawWebSockets {
  private static final Logger LOG = LoggerFactory.getLogger(RawWebSockets.class);

  private static final long FAREWELL_SECONDS = 3;

  private final Hub hub;
  private final Door door;
  private final Inbound inbound;
  private final Ticker ticker;
  private final FrameWriter writer = new FrameWriter();

  public RawWebSockets(Hub hub, Door door, Inbound inbound, Ticker ticker) {
    this.hub = hub;
    this.door = door;
    this.inbound = inbound;
    this.ticker = ticker;
  }

  /** Takes a handshake of the bridge. */
  void handleBridge(HttpServerRequest request) {
    upgrade(
        request,
        (session, socket) -> {
          socket.textMessageHandler(
              text -> {
                inbound.onText(session, text, true);
                door.count(session);
              });
          socket.binaryMessageHandler(
              bytes -> {
                if (session.onInbound(ticker.nanos())) {
                  session.close(Disconnect.BAD_FRAME, "binary frame (expected: text)");
                }
              });
        });
  }

  /** Upgrades, admits, and hands the new session to {@code serve}. */
  void upgrade(HttpServerRequest request, BiConsumer<Session, ServerWebSocket> serve) {
    if (!request.canUpgradeToWebSocket()) {
      request.response().setStatusCode(400).end("Can \"Upgrade\" only to \"WebSocket\".");
      return;
    }
    if (!door.mayConnect()) {
      Door.turnAway(request, 503);
      return;
    }
    Door.Visitor visitor = door.visitor(request);
    request
        .toWebSocket()
        .onSuccess(
            socket -> {
              WebSocketRules.install(socket, WebSocketRules.maxMessageBytes(hub.limits()));
              SocketTransport transport = new SocketTransport(socket);
              Session session =
                  hub.open(SessionIds.next(), transport, visitor.remote(), ticker.nanos());
              transport.session = session;
              socket.closeHandler(closed -> door.leave(session));
              socket.exceptionHandler(failure -> WebSocketRules.onFailure(session, failure));
              socket.pongHandler(pong -> session.onAlive(ticker.nanos()));
              door.admit(session, visitor);
              serve.accept(session, socket);
            })
        .onFailure(failure -> LOG.debug("handshake failed: {}", failure.getMessage()));
  }

  /** Lets go of what is kept for writing. */
  public void close() {
    writer.close();
  }

  private final class SocketTransport implements SessionTransport {
    private final ServerWebSocket socket;
    private Session session;

    @SuppressWarnings("NullAway.Init") // the session and its transport know each other
    SocketTransport(ServerWebSocket socket) {
      this.socket = socket;
    }

    @Override
    public void write(List<Frame> frames, long bytes) {
      writer.write(socket, frames, () -> hub.onDrained(session, bytes, ticker.nanos()));
    }

    @Override
    public void ping() {
      if (!socket.isClosed()) {
        socket.writePing(Buffer.buffer()).onFailure(failure -> door.leave(session));
      }
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      if (!socket.isClosed()) {
        Channel channel = ((WebSocketInternal) socket).channelHandlerContext().channel();
        socket.close((short) disconnect.code(), reason).onFailure(failure -> door.leave(session));
        // A peer that does not read never gets the close frame: the link is cut all the same.
        ScheduledFuture<?> cut =
            channel
                .eventLoop()
                .schedule(
                    () -> {
                      ChannelFuture unused = channel.close();
                    },
                    FAREWELL_SECONDS,
                    TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> cut.cancel(false));
      }
    }
  }
}
