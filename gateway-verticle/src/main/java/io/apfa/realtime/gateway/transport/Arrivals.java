package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Connections that have not sent a request yet, or not all of one that has a body. One that does
 * not within {@link #PATIENCE_NANOS} is cut, however it drips its bytes.
 *
 * <p>Confined to its verticle's context.
 */
public final class Arrivals {
  static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Ticker ticker;
  private final Map<HttpConnection, Long> waiting = new LinkedHashMap<>();

  public Arrivals(Ticker ticker) {
    this.ticker = ticker;
  }

  /** A connection was opened. */
  public void onConnection(HttpConnection connection) {
    waiting.put(connection, ticker.nanos());
    connection.closeHandler(closed -> waiting.remove(connection));
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
