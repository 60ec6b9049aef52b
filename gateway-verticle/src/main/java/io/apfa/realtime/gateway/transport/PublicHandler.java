package io.apfa.realtime.gateway.transport;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;

/**
 * The first to see a request: WebSocket paths of ours go straight to their transports, past the
 * router (whose context and wrapped socket would cost each session memory), all else to it.
 *
 * <p>Confined to its verticle's context.
 */
public final class PublicHandler implements Handler<HttpServerRequest> {
  private static final String BRIDGE = "/eventbus/websocket";
  private static final String PLAIN = "/ws/celery/";

  private final Door door;
  private final RawWebSockets raw;
  private final PlainWebSockets plain;
  private final Router router;
  private final Arrivals arrivals;

  public PublicHandler(
      Door door, RawWebSockets raw, PlainWebSockets plain, Router router, Arrivals arrivals) {
    this.arrivals = arrivals;
    this.door = door;
    this.raw = raw;
    this.plain = plain;
    this.router = router;
  }

  @Override
  public void handle(HttpServerRequest request) {
    arrivals.onRequest(request);
    String path = request.path();
    boolean ours =
        path != null
            && HttpMethod.GET.equals(request.method())
            && (path.equals(BRIDGE) || path.startsWith(PLAIN));
    if (!ours) {
      router.handle(request);
    } else if (!door.isAllowedHost(request) || !door.isAllowedOrigin(request)) {
      Door.turnAway(request, 403);
    } else if (path.equals(BRIDGE)) {
      raw.handleBridge(request);
    } else {
      plain.handle(request, path.substring(PLAIN.length()));
    }
  }
}
