package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionState;
import io.apfa.realtime.gateway.session.SnapshotWish;
import io.apfa.realtime.gateway.session.Subscription;
import io.apfa.realtime.gateway.transport.Inbound;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.client.ClientFrame;
import io.apfa.realtime.protocol.client.ClientFrameDecoder;
import io.apfa.realtime.protocol.client.CommandDecoder;
import io.apfa.realtime.protocol.client.Encoding;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.JsonMembers;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The event-bus bridge's protocol: what each frame of a client does to its session. A stock client
 * sees nothing it did not ask for.
 *
 * <p>Confined to its verticle's context.
 */
public final class SessionProtocol implements Inbound {
  private final Node node;
  private final Hub hub;
  private final CommandDesk commands;
  private final Authenticator authenticator;
  private final GatewayMetrics metrics;

  SessionProtocol(
      Node node,
      Hub hub,
      CommandDesk commands,
      Authenticator authenticator,
      GatewayMetrics metrics) {
    this.node = node;
    this.hub = hub;
    this.commands = commands;
    this.authenticator = authenticator;
    this.metrics = metrics;
  }

  @Override
  public void onText(Session session, String text, boolean binary) {
    if (!session.onInbound(node.ticker().nanos())) {
      return;
    }
    if (isLonger(text, node.limits().get().getInt(LimitKey.GATEWAY_MAX_FRAME_BYTES))) {
      session.close(Disconnect.TOO_LARGE);
      return;
    }
    ClientFrame frame;
    try {
      frame = ClientFrameDecoder.decode(text);
    } catch (IllegalArgumentException e) {
      session.close(Disconnect.BAD_FRAME);
      return;
    }
    switch (frame.kind()) {
      case PING -> onPing(session, (ClientFrame.Ping) frame);
      case REGISTER -> onRegister(session, (ClientFrame.Register) frame, binary);
      case UNREGISTER -> onUnregister(session, ((ClientFrame.Unregister) frame).address());
      case SEND -> onSend(session, (ClientFrame.Send) frame);
      case PUBLISH ->
          refuse(
              session,
              ((ClientFrame.Publish) frame).address(),
              ErrorCode.FORBIDDEN,
              "publish: refused (expected: send)");
      case AUTH ->
          refuse(
              session,
              null,
              ErrorCode.BAD_REQUEST,
              "auth: not here (expected: Authorization header)");
      case INVALID -> {
        ClientFrame.Invalid invalid = (ClientFrame.Invalid) frame;
        refuse(session, invalid.address(), ErrorCode.BAD_REQUEST, invalid.message());
      }
    }
  }

  /**
   * Whether {@code text} has more than {@code maxBytes} bytes of UTF-8; a char has three at most.
   */
  private static boolean isLonger(String text, int maxBytes) {
    return text.length() > maxBytes
        || (3L * text.length() > maxBytes
            && text.getBytes(StandardCharsets.UTF_8).length > maxBytes);
  }

  private void onPing(Session session, ClientFrame.Ping ping) {
    metrics.onClientLag(ping.lagMillis());
    String timestamp = ping.timestampJson();
    if (timestamp != null) {
      session.send(Frame.text(JsonFrames.pong(timestamp), "pong"));
    }
  }

  private void onRegister(Session session, ClientFrame.Register frame, boolean binary) {
    Identity identity = identify(session, frame.headers());
    if (identity == null) {
      return;
    }
    Room room;
    Subscription.Request request;
    try {
      room = Room.parse(frame.address());
      request = request(frame.headers(), binary);
    } catch (IllegalArgumentException e) {
      refuse(session, frame.address(), ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
      return;
    }
    if (!hub.hasSource(room.source())) {
      refuse(
          session,
          frame.address(),
          ErrorCode.NOT_FOUND,
          "source: "
              + Texts.quote(room.source(), 32)
              + " (expected: one of "
              + hub.sources()
              + ")");
    } else if (!identity.maySee(room)) {
      refuse(session, frame.address(), ErrorCode.FORBIDDEN, "room: not one of yours");
    } else if (session.hasAllRooms() && !hub.isMember(session, room)) {
      refuse(
          session, frame.address(), ErrorCode.RATE_EXCEEDED, "rooms: this session has all it may");
    } else {
      hub.join(session, room, request, node.ticker().nanos());
    }
  }

  private static Subscription.Request request(Map<String, String> headers, boolean binary) {
    String encoding = headers.get("encoding");
    String position = headers.get("position");
    String snapshot = headers.get("snapshot");
    boolean informed =
        encoding != null || position != null || snapshot != null || headers.containsKey("ack");
    return new Subscription.Request(
        format(encoding, binary),
        informed,
        position == null || position.isEmpty() ? null : StreamPosition.parse(position),
        snapshot == null ? SnapshotWish.NONE : SnapshotWish.parse(snapshot));
  }

  private static Format format(@Nullable String word, boolean binary) {
    Encoding encoding = word == null ? Encoding.JSON : Encoding.ofWord(word);
    if (encoding == null) {
      throw new IllegalArgumentException(
          "encoding: "
              + Texts.quote(String.valueOf(word), 32)
              + " (expected: json, msgpack or msgpack-columns)");
    }
    if (!binary) {
      return Format.BRIDGE_JSON;
    }
    return switch (encoding) {
      case JSON -> Format.BRIDGE_JSON;
      case MSGPACK -> Format.BRIDGE_MSGPACK;
      case MSGPACK_COLUMNS -> Format.BRIDGE_COLUMNS;
    };
  }

  private void onUnregister(Session session, String address) {
    if (session.state() != SessionState.OPEN) {
      return;
    }
    try {
      hub.leave(session, Room.parse(address));
    } catch (IllegalArgumentException e) {
      refuse(session, address, ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private void onSend(Session session, ClientFrame.Send frame) {
    Identity identity = identify(session, frame.headers());
    if (identity == null) {
      return;
    }
    String replyTo = frame.replyAddress() == null ? frame.address() : frame.replyAddress();
    Command.Kind kind = CommandDecoder.kindOfAddress(frame.address());
    if (kind == null) {
      refuse(
          session,
          replyTo,
          ErrorCode.NOT_FOUND,
          "address: "
              + Texts.quote(frame.address(), 32)
              + " (expected: celery.revoke and the like)");
      return;
    }
    JsonMembers body;
    try {
      body =
          frame.bodyJson().equals("null")
              ? JsonMembers.empty()
              : JsonMembers.parse(frame.bodyJson());
    } catch (IllegalArgumentException e) {
      refuse(session, replyTo, ErrorCode.BAD_REQUEST, "body: " + e.getMessage());
      return;
    }
    commands
        .submit(
            new CommandDesk.Order(
                identity,
                kind,
                null,
                frame.headers().get("msgId"),
                body,
                null,
                session.remote(),
                null))
        .onComplete(
            reply -> accept(session, frame.replyAddress(), reply, body.has("uuids")),
            failure -> refuse(session, replyTo, failure));
  }

  private static void accept(
      Session session,
      @Nullable String replyAddress,
      BusMessage.CommandReply reply,
      boolean several) {
    if (replyAddress != null) {
      session.send(
          Frame.text(JsonFrames.acceptedRec(replyAddress, reply.commands(), several), "reply"));
    }
  }

  /** Who the session is, after a token in the headers was looked at; null when it was refused. */
  private @Nullable Identity identify(Session session, Map<String, String> headers) {
    String token = authenticator.tokenOf(headers.get("Authorization"));
    if (token != null) {
      authenticate(session, token);
    }
    Identity identity = session.identity();
    if (identity == null && session.state() == SessionState.AUTHENTICATING) {
      session.close(Disconnect.UNAUTHORIZED);
    }
    return session.state() == SessionState.OPEN ? identity : null;
  }

  /** Takes a token for {@code session}, or ends it. */
  public void authenticate(Session session, String token) {
    Authenticator.Verdict verdict = authenticator.verify(token);
    Identity before = session.identity();
    Identity now = verdict.identity();
    if (now == null) {
      session.close(verdict.disconnect());
    } else if (before != null && !before.user().equals(now.user())) {
      session.close(Disconnect.UNAUTHORIZED);
    } else {
      session.authenticate(now, node.ticker().nanos());
    }
  }

  private static void refuse(Session session, @Nullable String address, Throwable failure) {
    if (failure instanceof RefusedException refused) {
      refuse(session, address, refused.code(), refused.refusal().message());
    } else {
      refuse(session, address, ErrorCode.INTERNAL, "internal error");
    }
  }

  private static void refuse(
      Session session, @Nullable String address, ErrorCode code, String message) {
    session.send(Frame.text(JsonFrames.err(address, code.number(), code.type(), message), "err"));
  }
}
