package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Connections that have not sent a request yet, or not all of one that has a body. When very many
 * come at once, those that wait for their turn at the {@link Entrance} are not read. One that has
 * no turn within {@link #PATIENCE_NANOS}, or then sends no request within it, is cut, however it
 * drips its bytes.
 *
 * <p>Confined to its verticle's context.
 */
public final class Arrivals {
  static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Ticker ticker;
  private final Map<HttpConnection, Long> waiting = new LinkedHashMap<>();
  private final Entrance<Http1xServerConnection> entrance;

  public Arrivals(Ticker ticker) {
    this.ticker = ticker;
    this.entrance = new Entrance<>(ticker.nanos());
  }

  /** A connection was opened. */
  public void onConnection(HttpConnection connection) {
    waiting.put(connection, ticker.nanos());
    connection.closeHandler(closed -> waiting.remove(connection));
    if (connection instanceof Http1xServerConnection http && !entrance.enter(http)) {
      read(http, false);
    }
  }

  /** A tick of the gateway: some of those that wait for their turn come in. */
  public void onTick() {
    long now = ticker.nanos();
    entrance.onTick(
        now,
        connection -> {
          boolean here = waiting.remove(connection) != null;
          if (here) {
            waiting.put(connection, now);
            read(connection, true);
          }
          return here;
        });
  }

  /** Connections that wait for their turn. May be called by any thread. */
  public int waitingForTurn() {
    return entrance.waiting();
  }

  private static void read(Http1xServerConnection connection, boolean on) {
    connection.channelHandlerContext().channel().config().setAutoRead(on);
  }

  /** A request came over its connection. */
  void onRequest(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    if (waiting.remove(connection) != null) {
      connection.closeHandler(null);
    }
    if (hasBody(request)) {
      waiting.put(connection, ticker.nanos());
      request.end().onComplete(ended -> waiting.remove(connection));
    }
  }

  private static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return (length != null && !length.equals("0"))
        || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** Cuts those that waited too long; the oldest stand first. */
  public void sweep() {
    long now = ticker.nanos();
    Iterator<Map.Entry<HttpConnection, Long>> oldestFirst = waiting.entrySet().iterator();
    while (oldestFirst.hasNext()) {
      Map.Entry<HttpConnection, Long> oldest = oldestFirst.next();
      if (now - oldest.getValue() < PATIENCE_NANOS) {
        return;
      }
      oldestFirst.remove();
      oldest.getKey().closeHandler(null).close();
    }
  }
}
