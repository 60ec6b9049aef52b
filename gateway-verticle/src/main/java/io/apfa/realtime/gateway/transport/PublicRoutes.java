package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.StaticHandler;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Everything on the public port, in the order it is matched: security headers, health, the door,
 * the transports, the API, the page.
 *
 * <p>Confined to its verticle's context.
 */
public final class PublicRoutes {
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:;"
          + " img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
  private static final long ASSET_MAX_AGE_SECONDS = 31_536_000;

  /** Paths of files; any other path, also one with a dot in a worker's name, is the page's own. */
  private static final Pattern FILE =
      Pattern.compile(".*\\.(js|css|map|png|svg|ico|json|txt|woff2?|webmanifest)");

  private PublicRoutes() {}

  /** The router of the public port. */
  public static Router create(
      Vertx vertx,
      Node node,
      Door door,
      BooleanSupplier healthy,
      SockJsSessions sockJs,
      HttpApi api) {
    Router router = Router.router(vertx);
    router.route().handler(PublicRoutes::secure);
    router
        .get("/health")
        .handler(
            context -> {
              boolean up = healthy.getAsBoolean();
              context
                  .response()
                  .setStatusCode(up ? 200 : 503)
                  .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain")
                  .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                  .end(up ? "up" : "down");
            });
    router.route().handler(context -> checkHost(context, door));
    router.route("/eventbus/*").handler(context -> checkOrigin(context, door));
    mountSockJs(router, "/eventbus", sockJs, sockJs.router(), node.limits().get());
    router.route("/ws/*").handler(context -> context.response().setStatusCode(404).end());
    router.route(HttpApi.BASE + "/*").subRouter(api.router());
    page(router);
    return router;
  }

  /** Mounts SockJS's {@code transports} at {@code base}, behind what guards its sessions. */
  static void mountSockJs(
      Router router, String base, SockJsSessions sessions, Router transports, Limits limits) {
    String all = base + "/*";
    router.route(all).handler(sessions::guard);
    SockJsPages.mount(router, base);
    router
        .post(all)
        .handler(
            BodyHandler.create(false)
                .setBodyLimit(limits.getLong(LimitKey.GATEWAY_MAX_FRAME_BYTES) * 2));
    router.route(all).subRouter(transports);
    router.route(all).handler(context -> context.response().setStatusCode(404).end());
  }

  private static void page(Router router) {
    StaticHandler files =
        StaticHandler.create("webroot").setIndexPage("index.html").setCachingEnabled(false);
    router
        .get("/assets/*")
        .handler(
            context -> {
              context.addHeadersEndHandler(
                  ending -> {
                    if (context.response().getStatusCode() == 200) {
                      context
                          .response()
                          .putHeader(
                              HttpHeaders.CACHE_CONTROL,
                              "public, max-age=" + ASSET_MAX_AGE_SECONDS + ", immutable")
                          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
                    }
                  });
              context.next();
            })
        .handler(StaticHandler.create("webroot/assets").setCachingEnabled(false))
        .handler(context -> context.response().setStatusCode(404).end());
    // The client, for pages of any origin; whom it may then talk to is the door's business.
    router
        .get("/client.js")
        .handler(
            context -> {
              context.response().putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
              context.next();
            });
    router
        .get()
        .handler(
            context -> {
              context.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
              context.next();
            })
        .handler(files)
        .handler(PublicRoutes::indexOfPage);
    router
        .route()
        .handler(
            context -> {
              int status = HttpMethod.GET.equals(context.request().method()) ? 404 : 405;
              context.response().setStatusCode(status).end();
            });
  }

  /** A path of the single page that is no file: the page itself decides what it shows. */
  private static void indexOfPage(RoutingContext context) {
    if (context.get("apfa.rerouted") != null || FILE.matcher(context.normalizedPath()).matches()) {
      context.next();
      return;
    }
    context.put("apfa.rerouted", true);
    context.reroute(HttpMethod.GET, "/index.html");
  }

  private static void secure(RoutingContext context) {
    HttpServerResponse response = context.response();
    response
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin");
    context.next();
  }

  private static void checkHost(RoutingContext context, Door door) {
    if (door.isAllowedHost(context.request())) {
      context.next();
    } else {
      Problem.send(
          context, ErrorCode.FORBIDDEN, "Host: not allowed (expected: see gateway.allowed-hosts)");
    }
  }

  private static void checkOrigin(RoutingContext context, Door door) {
    if (door.isAllowedOrigin(context.request())) {
      context.next();
    } else {
      Problem.send(
          context,
          ErrorCode.FORBIDDEN,
          "Origin: not allowed (expected: see gateway.allowed-origins)");
    }
  }
}
