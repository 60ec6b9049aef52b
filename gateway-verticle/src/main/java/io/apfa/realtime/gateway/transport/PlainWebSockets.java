package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.SessionProtocol;
import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionState;
import io.apfa.realtime.gateway.session.Subscription;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.client.ClientFrame;
import io.apfa.realtime.protocol.client.ClientFrameDecoder;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.MsgpackClientFrames;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * The specification's endpoints {@code /ws/celery/tasks}, {@code queues} and {@code workers}:
 * joined at once, no positions, pings answered in kind.
 *
 * <p>Confined to its verticle's context.
 */
public final class PlainWebSockets {
  private final RawWebSockets sockets;
  private final Hub hub;
  private final Door door;
  private final SessionProtocol protocol;
  private final Ticker ticker;

  public PlainWebSockets(
      RawWebSockets sockets, Hub hub, Door door, SessionProtocol protocol, Ticker ticker) {
    this.sockets = sockets;
    this.hub = hub;
    this.door = door;
    this.protocol = protocol;
    this.ticker = ticker;
  }

  /** Takes a handshake; {@code word} is what the path ends in. */
  void handle(HttpServerRequest request, String word) {
    String named = request.getParam("source");
    Room room = room(named == null ? hub.sources().iterator().next() : named, word);
    Format format = format(request.getParam("encoding"));
    if (room == null || format == null) {
      request.response().setStatusCode(room == null ? 404 : 400).end();
      return;
    }
    sockets.upgrade(request, new PlainMessages(room, format));
  }

  private @Nullable Room room(String source, String word) {
    boolean known = word.equals("tasks") || word.equals("queues") || word.equals("workers");
    return known && hub.hasSource(source) ? Room.parse(source + ":" + word) : null;
  }

  private static @Nullable Format format(@Nullable String word) {
    if (word == null || word.equals("msgpack")) {
      return Format.PLAIN_MSGPACK;
    }
    return switch (word) {
      case "json" -> Format.PLAIN_JSON;
      case "msgpack-columns" -> Format.BRIDGE_COLUMNS;
      default -> null;
    };
  }

  private void onText(Session session, Room room, Format format, String text) {
    if (!session.onInbound(ticker.nanos())) {
      return;
    }
    try {
      onFrame(session, room, format, ClientFrameDecoder.decode(text), true);
    } catch (IllegalArgumentException e) {
      session.close(Disconnect.BAD_FRAME);
    }
  }

  private void onBinary(Session session, Room room, Format format, Buffer bytes) {
    if (!session.onInbound(ticker.nanos())) {
      return;
    }
    try {
      int max = hub.limits().getInt(LimitKey.GATEWAY_MAX_INFLATED_BYTES);
      onFrame(session, room, format, MsgpackClientFrames.decode(bytes, max), false);
    } catch (IllegalArgumentException e) {
      session.close(Disconnect.BAD_FRAME);
    }
  }

  private void onFrame(Session session, Room room, Format format, ClientFrame frame, boolean text) {
    if (frame instanceof ClientFrame.Ping ping) {
      String timestamp = ping.timestampJson();
      if (timestamp != null) {
        Buffer pong = text ? JsonFrames.pong(timestamp) : MsgpackClientFrames.pong(timestamp);
        session.send(new Frame(pong, text, "pong"));
      }
    } else if (frame instanceof ClientFrame.Auth auth) {
      protocol.authenticate(session, auth.token());
      door.count(session);
      join(session, room, format);
    }
  }

  private void join(Session session, Room room, Format format) {
    Identity identity = session.identity();
    if (session.state() != SessionState.OPEN || identity == null || hub.isMember(session, room)) {
      return;
    }
    if (identity.maySee(room)) {
      hub.join(session, room, Subscription.Request.plain(format), ticker.nanos());
    } else {
      session.close(Disconnect.UNAUTHORIZED);
    }
  }

  private final class PlainMessages implements RawWebSockets.Messages {
    private final Room room;
    private final Format format;

    PlainMessages(Room room, Format format) {
      this.room = room;
      this.format = format;
    }

    @Override
    public void onOpen(Session session) {
      join(session, room, format);
    }

    @Override
    public void onText(Session session, String text) {
      PlainWebSockets.this.onText(session, room, format, text);
    }

    @Override
    public void onBinary(Session session, Buffer bytes) {
      PlainWebSockets.this.onBinary(session, room, format, bytes);
    }
  }
}
