package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of the HTTP API: who calls, its parameters, its answer.
 *
 * <p>Confined to its verticle's context.
 */
final class ApiCall {
  static final String IDENTITY = "apfa.identity";

  /** Larger answers have no ETag: hashing them would hold up everyone else. */
  private static final int MAX_HASHED_BYTES = 128 * 1024;

  private final RoutingContext context;
  private final List<String> sources;

  ApiCall(RoutingContext context, List<String> sources) {
    this.context = context;
    this.sources = sources;
  }

  RoutingContext context() {
    return context;
  }

  Identity identity() {
    return context.get(IDENTITY);
  }

  /** The Celery app that is meant. */
  String source() {
    String source = query("source");
    if (source == null) {
      return sources.get(0);
    }
    if (!sources.contains(source)) {
      throw new RefusedException(
          ErrorCode.NOT_FOUND,
          "source: " + Texts.quote(source, 32) + " (expected: one of " + sources + ")");
    }
    return source;
  }

  /** A query parameter; null when absent or empty. */
  @Nullable String query(String name) {
    List<String> values = context.queryParam(name);
    if (values.isEmpty() || values.get(0).isEmpty()) {
      return null;
    }
    if (values.size() > 1 || values.get(0).length() > 1024) {
      throw new IllegalArgumentException(
          name + ": given " + values.size() + " times or too long (expected: once, short)");
    }
    return values.get(0);
  }

  /** A query parameter that is a whole number. */
  int query(String name, int fallback, int min, int max) {
    String value = query(name);
    if (value == null) {
      return fallback;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with numbers out of bounds
    }
    throw new IllegalArgumentException(
        name
            + ": "
            + Texts.quote(value, 32)
            + " (expected: a number from "
            + min
            + " to "
            + max
            + ")");
  }

  String path(String name) {
    String value = context.pathParam(name);
    if (value == null || value.isBlank() || value.length() > 255) {
      throw new IllegalArgumentException(name + ": (expected: 1 to 255 characters)");
    }
    return value;
  }

  void require(boolean allowed, String what) {
    if (!allowed) {
      throw new RefusedException(ErrorCode.FORBIDDEN, what + ": not for what your rooms show");
    }
  }

  /** Answers with a document; 304 when the client has the same already. */
  void ok(JsonFrames.Document document) {
    Buffer body = JsonFrames.encode(document);
    if (body.length() > MAX_HASHED_BYTES) {
      answer(200, body);
      return;
    }
    String etag = '"' + hash(body) + '"';
    context
        .response()
        .putHeader(HttpHeaders.ETAG, etag)
        .putHeader(HttpHeaders.VARY, "Cookie, Origin");
    String known = context.request().getHeader(HttpHeaders.IF_NONE_MATCH);
    if (known != null && known.contains(etag)) {
      context.response().setStatusCode(304).end();
      return;
    }
    answer(200, body);
  }

  /** Answers with a document that is never cached. */
  void answer(int status, Buffer body) {
    if (context.response().ended() || context.response().closed()) {
      return;
    }
    context
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .end(body);
  }

  /** Answers with {@code future}'s outcome. */
  <T> void answer(Future<T> future, Writer<T> writer) {
    future.onComplete(
        value -> {
          try {
            writer.write(value);
          } catch (RuntimeException e) {
            Problem.send(context, e);
          }
        },
        failure -> Problem.send(context, failure));
  }

  /** Writes an answer. */
  interface Writer<T> {
    void write(T value);
  }

  private static String hash(Buffer body) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes());
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The body as text. */
  String bodyText() {
    Buffer body = context.body().buffer();
    return body == null ? "" : body.toString(StandardCharsets.UTF_8);
  }
}
