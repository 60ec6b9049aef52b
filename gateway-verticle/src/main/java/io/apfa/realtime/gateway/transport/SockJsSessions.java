package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.session.SessionTransport;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge's protocol over SockJS with all its fallback transports but JSONP. Its queues have no
 * bound, so unsent bytes are counted by write futures; it cannot carry close codes, so an {@code
 * err} says the code before every close of ours.
 *
 * <p>Confined to its verticle's context.
 */
public final class SockJsSessions {
  private static final Logger LOG = LoggerFactory.getLogger(SockJsSessions.class);

  /** The visitor of a request, read before the handler takes all cookies but its own out of it. */
  private static final String VISITOR = SockJsSessions.class.getName() + ".visitor";

  private static final long FAREWELL_MILLIS = 5_000;
  private static final Set<String> BEGINNINGS =
      Set.of("websocket", "xhr", "xhr_streaming", "eventsource", "htmlfile");

  private final Vertx vertx;
  private final Hub hub;
  private final Door door;
  private final Inbound inbound;
  private final Ticker ticker;
  private final Map<String, Guest> guests = new HashMap<>();

  /** A session with the visitor who began it. */
  private record Guest(Session session, Door.Visitor visitor) {}

  public SockJsSessions(Vertx vertx, Hub hub, Door door, Inbound inbound, Ticker ticker) {
    this.vertx = vertx;
    this.hub = hub;
    this.door = door;
    this.inbound = inbound;
    this.ticker = ticker;
  }

  /** The router to mount at {@code /eventbus/*}. */
  public Router router() {
    return router(options());
  }

  /** How the bridge's SockJS is configured. */
  static SockJSHandlerOptions options() {
    return new SockJSHandlerOptions()
        .addDisabledTransport("JSON_P")
        .setRegisterWriteHandler(false)
        .setHeartbeatInterval(25_000)
        .setInsertJSESSIONID(false);
  }

  Router router(SockJSHandlerOptions options) {
    return SockJSHandler.create(vertx, options).socketHandler(this::onSocket);
  }

  /** Runs before the router: who comes back to a session must be who began it. */
  public void guard(RoutingContext context) {
    // Fallback transports stream, and some of them are frames of a page with a script in them.
    context.response().putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
    context.response().headers().remove("Content-Security-Policy").remove("X-Frame-Options");
    context.addHeadersEndHandler(ending -> correctHeaders(context));
    Door.Visitor visitor = door.visitor(context.request());
    context.put(VISITOR, visitor);
    String[] path = context.normalizedPath().split("/", -1);
    if (path.length < 5) {
      context.next();
      return;
    }
    Guest guest = guests.get(path[path.length - 2]);
    String transport = path[path.length - 1];
    if (BEGINNINGS.contains(transport) && !transport.equals("websocket")) {
      // The handler ends these connections after their answer; the client must not use them again.
      context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    if (guest == null) {
      if (BEGINNINGS.contains(transport) && !door.mayConnect()) {
        Door.turnAway(context.request(), 503);
        return;
      }
    } else if (!guest.visitor().equals(visitor)) {
      context.response().setStatusCode(404).end();
      return;
    } else {
      guest.session().onAlive(ticker.nanos());
    }
    context.next();
  }

  /**
   * As the protocol has it: credentials always, a star where there is no origin to name, and an
   * event stream with its charset.
   */
  private static void correctHeaders(RoutingContext context) {
    MultiMap headers = context.response().headers();
    if (headers.contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
      String origin = context.request().getHeader(HttpHeaders.ORIGIN);
      if (origin == null || origin.equals("null")) {
        headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
      }
      headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if (headers.contains(HttpHeaders.CONTENT_TYPE, "text/event-stream", true)) {
      headers.set(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=UTF-8");
    }
  }

  private void onSocket(SockJSSocket socket) {
    RoutingContext context = socket.routingContext();
    String[] path = context.normalizedPath().split("/", -1);
    String key = path.length < 5 ? "" : path[path.length - 2];
    boolean http = !path[path.length - 1].equals("websocket");
    Door.Visitor visitor = Objects.requireNonNull(context.get(VISITOR));
    SockJsTransport transport = new SockJsTransport(socket);
    Session session = hub.open(SessionIds.next(), transport, visitor.remote(), ticker.nanos());
    transport.session = session;
    if (http) {
      guests.put(key, new Guest(session, visitor));
    }
    Runnable over =
        () -> {
          Guest guest = guests.get(key);
          if (guest != null && guest.session() == session) {
            guests.remove(key);
          }
          door.leave(session);
        };
    socket.closeHandler(closed -> over.run());
    socket.endHandler(ended -> over.run());
    socket.exceptionHandler(
        failure -> LOG.debug("session {}: {}", session.id(), failure.getMessage()));
    socket.handler(
        message -> {
          inbound.onText(session, message.toString(), false);
          door.count(session);
        });
    door.admit(session, visitor);
  }

  private final class SockJsTransport implements SessionTransport {
    private final SockJSSocket socket;
    private Session session;

    @SuppressWarnings("NullAway.Init") // the session and its transport know each other
    SockJsTransport(SockJSSocket socket) {
      this.socket = socket;
    }

    @Override
    public boolean write(List<Frame> frames, long bytes) {
      for (Frame frame : frames) {
        Buffer payload = frame.bytes();
        socket
            .write(payload)
            .onSuccess(done -> hub.onDrained(session, payload.length(), ticker.nanos()));
      }
      return false;
    }

    @Override
    public void ping() {
      // SockJS sends its own heartbeat frames
    }

    @Override
    public void close(Disconnect disconnect, String reason) {
      long timer = vertx.setTimer(FAREWELL_MILLIS, late -> end());
      socket
          .write(JsonFrames.err(null, disconnect.code(), "DISCONNECT", reason))
          .onComplete(
              done -> {
                vertx.cancelTimer(timer);
                end();
              });
    }

    private void end() {
      door.leave(session);
      socket.close();
    }
  }

  /** The session of {@code sockJsId}, for tests and diagnosis. */
  @Nullable Session find(String sockJsId) {
    Guest guest = guests.get(sockJsId);
    return guest == null ? null : guest.session();
  }
}
