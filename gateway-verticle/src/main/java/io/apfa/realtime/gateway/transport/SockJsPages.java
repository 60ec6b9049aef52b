package io.apfa.realtime.gateway.transport;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The static answers of SockJS: its greeting, its iframe page (SockJS protocol 0.3.3, {@code
 * IframePage}), and the library that page loads. The library comes from here and no other script
 * may run there: the page lives in the dashboard's origin, and anybody may frame it.
 *
 * <p>Immutable.
 */
final class SockJsPages {
  private static final String LIBRARY =
      "/META-INF/resources/webjars/sockjs-client/1.5.1/sockjs.min.js";
  private static final String FOREVER = "public, max-age=31536000";

  /** {@code Expires} is asked for by the protocol; {@code Cache-Control} is what counts. */
  private static final String FAR_FUTURE = "Thu, 31 Dec 2037 23:55:55 GMT";

  private static final String SCRIPT =
      "\n    document.domain = document.domain;\n"
          + "    _sockjs_onload = function(){SockJS.bootstrap_iframe();};\n  ";

  private final String page;
  private final String etag;
  private final String policy;
  private final Buffer library;

  private SockJsPages(String base) {
    page =
        "<!DOCTYPE html>\n<html>\n<head>\n"
            + "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
            + "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
            + "  <script>"
            + SCRIPT
            + "</script>\n  <script src=\""
            + base
            + "/sockjs.min.js\"></script>\n</head>\n<body>\n  <h2>Don't panic!</h2>\n"
            + "  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>\n"
            + "</body>\n</html>";
    etag = '"' + HexFormat.of().formatHex(sha256(page), 0, 12) + '"';
    policy =
        "default-src 'none'; connect-src 'self' ws: wss:; frame-src 'self'; script-src 'self'"
            + " 'sha256-"
            + Base64.getEncoder().encodeToString(sha256(SCRIPT))
            + "'";
    library = resource();
  }

  /** Adds the routes of a SockJS service at {@code base}. */
  static void mount(Router router, String base) {
    SockJsPages pages = new SockJsPages(base);
    router.getWithRegex(base + "/?").useNormalizedPath(false).handler(SockJsPages::greet);
    router.getWithRegex(base + "/iframe(-[^/]*)?\\.html").handler(pages::iframe);
    router.get(base + "/sockjs.min.js").handler(pages::script);
  }

  private static void greet(RoutingContext context) {
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=UTF-8")
        .end("Welcome to SockJS!\n");
  }

  private void iframe(RoutingContext context) {
    context.response().putHeader("Content-Security-Policy", policy);
    cacheable(context);
    if (etag.equals(context.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
      context.response().setStatusCode(304).end();
    } else {
      context
          .response()
          .putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=UTF-8")
          .putHeader(HttpHeaders.ETAG, etag)
          .end(page);
    }
  }

  private void script(RoutingContext context) {
    cacheable(context);
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/javascript; charset=UTF-8")
        .end(library);
  }

  private static void cacheable(RoutingContext context) {
    context
        .response()
        .putHeader(HttpHeaders.CACHE_CONTROL, FOREVER)
        .putHeader(HttpHeaders.EXPIRES, FAR_FUTURE);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static Buffer resource() {
    try (InputStream in = SockJsPages.class.getResourceAsStream(LIBRARY)) {
      if (in == null) {
        throw new IllegalStateException(LIBRARY + ": not on the class path");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(LIBRARY, e);
    }
  }
}
