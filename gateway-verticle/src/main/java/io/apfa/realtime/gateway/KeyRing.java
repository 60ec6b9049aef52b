package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.protocol.Disconnect;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the JWK set from its file or URL, again every {@value #RELOAD_MILLIS} ms, so keys may be
 * rotated while sessions are open. A set that cannot be read leaves the keys as they were.
 *
 * <p>Confined to its verticle's context.
 */
final class KeyRing {
  static final long RELOAD_MILLIS = 5_000;

  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);
  private static final int MAX_BYTES = 1024 * 1024;

  private final Vertx vertx;
  private final String location;
  private final Authenticator authenticator;
  private final Runnable onChange;
  private String last = "";

  KeyRing(Vertx vertx, String location, Authenticator authenticator, Runnable onChange) {
    this.vertx = vertx;
    this.location = location;
    this.authenticator = authenticator;
    this.onChange = onChange;
  }

  /**
   * Reads the JWK set that {@code options} names, if any, and follows it. Sessions whose key leaves
   * the set are ended.
   *
   * @return completed once the keys are in force; failed when they cannot be read
   */
  static Future<Void> open(
      Vertx vertx, GatewayOptions.Auth options, Authenticator authenticator, Hub hub) {
    if (options.jwks().isEmpty()) {
      return Future.succeededFuture();
    }
    KeyRing ring =
        new KeyRing(vertx, options.jwks(), authenticator, () -> revoke(authenticator, hub));
    return ring.load().onSuccess(done -> vertx.setPeriodic(RELOAD_MILLIS, id -> ring.reload()));
  }

  private static void revoke(Authenticator authenticator, Hub hub) {
    for (Session session : List.copyOf(hub.sessions())) {
      if (session.identity() != null && !authenticator.isStillValid(session.identity())) {
        session.close(Disconnect.TOKEN_REVOKED);
      }
    }
  }

  /** Reads it now; fails when it cannot be read or is no JWK set. */
  Future<Void> load() {
    Future<Buffer> bytes =
        location.startsWith("http://") || location.startsWith("https://")
            ? fetch()
            : vertx.fileSystem().readFile(location);
    return bytes.map(
        set -> {
          String text = set.length() > MAX_BYTES ? "" : set.toString();
          if (!text.equals(last)) {
            List<JwtKey> keys = JwtKey.ofSet(text);
            authenticator.useKeys(keys);
            last = text;
            LOG.info("JWK set {}: {} keys", location, keys.size());
            onChange.run();
          }
          return null;
        });
  }

  /** Reads it again. */
  void reload() {
    load()
        .onFailure(
            failure ->
                LOG.warn(
                    "JWK set {}: {} (expected: a readable JWK set); the keys stay as they were",
                    location,
                    failure.getMessage()));
  }

  private Future<Buffer> fetch() {
    HttpClient client = vertx.createHttpClient();
    return client
        .request(new RequestOptions().setAbsoluteURI(location).setMethod(HttpMethod.GET))
        .compose(request -> request.send())
        .compose(
            response ->
                response.statusCode() == 200
                    ? response.body()
                    : Future.failedFuture("status " + response.statusCode()))
        .eventually(() -> client.close());
  }
}
