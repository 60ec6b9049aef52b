package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionTransport;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.util.List;

/**
 * The bridge's protocol over a plain WebSocket at {@code /eventbus/websocket}: the transport of our
 * own client, with binary frames.
 *
 * <p>Confined to its verticle's context.
 */
public final class RawWebSockets {
  private final Hub hub;
  private final Door door;
  private final Ticker ticker;
  private final SharedSends sends = new SharedSends(WriteHelpers.ofThisMachine());
  private final FrameWriter writer = new FrameWriter(sends);
  private final Messages bridge;

  /** What messages do to their session. Called on the session's thread. */
  interface Messages {
    /** The session was let in, or will be once it says who it is. */
    void onOpen(Session session);

    void onText(Session session, String text);

    void onBinary(Session session, Buffer bytes);
  }

  public RawWebSockets(Hub hub, Door door, Inbound inbound, Ticker ticker) {
    this.hub = hub;
    this.door = door;
    this.ticker = ticker;
    this.bridge = new BridgeMessages(door, inbound, ticker);
    hub.gatherWritesBy(sends);
  }

  /** Takes a handshake of the bridge. */
  void handleBridge(HttpServerRequest request) {
    upgrade(request, bridge);
  }

  /** Upgrades, admits, and gives the new session's messages to {@code messages}. */
  void upgrade(HttpServerRequest request, Messages messages) {
    if (!request.canUpgradeToWebSocket()) {
      request.response().setStatusCode(400).end("Can \"Upgrade\" only to \"WebSocket\".");
      return;
    }
    if (!door.mayConnect()) {
      Door.turnAway(request, 503);
      return;
    }
    SocketTransport transport = new SocketTransport(door.visitor(request), messages);
    SocketUpgrade.accept(request, maxMessageBytes(hub.limits()), transport.link);
  }

  /**
   * Bytes of a message that are read at most: more than the limit, so that the one who sent too
   * much is told so with a code.
   */
  private static int maxMessageBytes(Limits limits) {
    return Math.max(4 * limits.getInt(LimitKey.GATEWAY_MAX_FRAME_BYTES), 256 * 1024);
  }

  /** Lets go of what is kept for writing. */
  public void close() {
    sends.close();
    writer.close();
  }

  private record BridgeMessages(Door door, Inbound inbound, Ticker ticker) implements Messages {
    @Override
    public void onOpen(Session session) {
      // the client speaks first
    }

    @Override
    public void onText(Session session, String text) {
      inbound.onText(session, text, true);
      door.count(session);
    }

    @Override
    public void onBinary(Session session, Buffer bytes) {
      if (session.onInbound(ticker.nanos())) {
        session.close(Disconnect.BAD_FRAME, "binary frame (expected: text)");
      }
    }
  }

  private final class SocketTransport implements SessionTransport, SocketLink.Owner {
    private final SocketLink link = new SocketLink((ContextInternal) Vertx.currentContext(), this);
    private final Messages messages;
    private Door.Visitor visitor;
    private Session session;

    @SuppressWarnings("NullAway.Init") // the session and its transport know each other
    SocketTransport(Door.Visitor visitor, Messages messages) {
      this.visitor = visitor;
      this.messages = messages;
    }

    @Override
    public void onOpen() {
      session = hub.open(SessionIds.next(), this, visitor.remote(), ticker.nanos());
      door.admit(session, visitor);
      visitor = new Door.Visitor(visitor.remote(), null);
      messages.onOpen(session);
    }

    @Override
    public void onText(String text) {
      messages.onText(session, text);
    }

    @Override
    public void onBinary(Buffer bytes) {
      messages.onBinary(session, bytes);
    }

    @Override
    public void onAlive() {
      session.onAlive(ticker.nanos());
    }

    @Override
    public void onOversized() {
      session.close(Disconnect.TOO_LARGE);
    }

    @Override
    public void onClosed() {
      door.leave(session);
    }

    @Override
    public boolean write(List<Frame> frames, long bytes) {
      return writer.write(link, frames, () -> hub.onDrained(session, bytes, ticker.nanos()));
    }

    @Override
    public int look() {
      PlainSocket socket = link.plainSocket();
      return socket == null ? 0 : socket.look();
    }

    @Override
    public void ping() {
      sends.sendBefore(link);
      link.ping();
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      sends.sendBefore(link);
      link.close(disconnect.code(), reason);
    }
  }
}
