package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors of the HTTP API as RFC 9457 has them. Immutable. */
final class Problem {
  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

  private Problem() {}

  /** Answers with {@code code}; {@code detail} tells what was wrong and what was expected. */
  static void send(RoutingContext context, ErrorCode code, String detail) {
    send(context, code, detail, 0, "");
  }

  /** Answers 401, and where one signs in; an empty {@code loginUrl} is left out. */
  static void unauthorized(RoutingContext context, String detail, String loginUrl) {
    send(context, ErrorCode.UNAUTHORIZED, detail, 0, loginUrl);
  }

  /** Answers with what {@code failure} says. */
  static void send(RoutingContext context, Throwable failure) {
    if (failure instanceof RefusedException refused) {
      send(
          context,
          refused.code(),
          refused.refusal().message(),
          refused.refusal().retryAfterMillis(),
          "");
    } else if (failure instanceof IllegalArgumentException) {
      send(context, ErrorCode.BAD_REQUEST, String.valueOf(failure.getMessage()));
    } else {
      LOG.error("{} {} failed", context.request().method(), context.normalizedPath(), failure);
      send(context, ErrorCode.INTERNAL, "internal error");
    }
  }

  private static void send(
      RoutingContext context,
      ErrorCode code,
      String detail,
      long retryAfterMillis,
      String loginUrl) {
    HttpServerResponse response = context.response();
    if (response.ended() || response.closed()) {
      return;
    }
    if (retryAfterMillis > 0) {
      response.putHeader(
          "Retry-After", Long.toString(Math.max(1, (retryAfterMillis + 999) / 1000)));
    }
    if (code == ErrorCode.UNAUTHORIZED) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    response
        .setStatusCode(code.number())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(
            JsonFrames.encode(
                out -> {
                  out.writeStartObject();
                  out.writeStringField("type", "about:blank");
                  out.writeStringField("title", code.type());
                  out.writeNumberField("status", code.number());
                  out.writeStringField("detail", detail);
                  if (!loginUrl.isEmpty()) {
                    out.writeStringField("loginUrl", loginUrl);
                  }
                  out.writeEndObject();
                }));
  }
}
