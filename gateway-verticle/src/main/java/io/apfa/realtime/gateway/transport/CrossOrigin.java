package io.apfa.realtime.gateway.transport;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.List;
import java.util.Set;

/**
 * Lets pages of the origins in {@code gateway.allowed-origins} read the answers of the API, as the
 * CORS protocol of the Fetch standard has it. They show who they are by a token in {@code
 * Authorization}: cookies of another origin are not asked for. Requests of the page's own origin
 * and of origins that are not allowed pass unchanged; the latter are refused by what follows.
 *
 * <p>Confined to its verticle's context.
 */
final class CrossOrigin implements Handler<RoutingContext> {
  private static final int PREFLIGHT_MAX_AGE_SECONDS = 600;

  private final Door door;
  private final CorsHandler answers;

  CrossOrigin(Door door) {
    this.door = door;
    List<String> origins = door.allowedOrigins();
    this.answers =
        CorsHandler.create()
            .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST))
            .allowedHeaders(
                Set.of(
                    "Authorization",
                    "Content-Type",
                    "Idempotency-Key",
                    "If-None-Match",
                    "traceparent"))
            .exposedHeaders(Set.of("ETag", "Retry-After"))
            .maxAgeSeconds(PREFLIGHT_MAX_AGE_SECONDS);
    if (!origins.contains("*")) {
      answers.addOrigins(origins);
    }
  }

  @Override
  public void handle(RoutingContext context) {
    if (door.isAllowedForeignOrigin(context.request())) {
      answers.handle(context);
    } else {
      context.next();
    }
  }
}
