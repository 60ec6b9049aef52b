package io.apfa.realtime.e2e;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares a task as we show it with the same task of Celery's State, in every field that both
 * have. What State has and we do not keep is {@code client}, {@code clock}, {@code exchange} and
 * {@code routing_key}: the interface's task has no such field. Immutable.
 */
final class CorpusComparison {
  private static final List<String> TEXTS =
      List.of(
          "state",
          "name",
          "worker",
          "queue",
          "args",
          "kwargs",
          "result",
          "exception",
          "traceback",
          "root_id",
          "parent_id");
  private static final List<String> TIMES =
      List.of(
          "sent",
          "received",
          "started",
          "succeeded",
          "failed",
          "retried",
          "revoked",
          "rejected",
          "timestamp");

  /** One field that is not the same; null = absent. */
  record Difference(String uuid, String field, @Nullable Object celery, @Nullable Object ours) {}

  private CorpusComparison() {}

  /** Every field of the task {@code uuid} that differs. */
  static List<Difference> differences(
      String uuid, JsonObject celery, JsonObject ours, List<String> ourChildren) {
    List<Difference> found = new ArrayList<>();
    for (String field : TEXTS) {
      Object theirs = celery.getValue(field);
      if (!sameText(theirs, ours.getString(field))) {
        found.add(new Difference(uuid, field, theirs, ours.getValue(field)));
      }
    }
    for (String field : TIMES) {
      Object theirs = celery.getValue(field);
      add(found, uuid, field, theirs instanceof Number n ? millis(n) : null, millis(ours, field));
    }
    for (String field : List.of("eta", "expires")) {
      Object theirs = celery.getValue(field);
      add(
          found,
          uuid,
          field,
          theirs instanceof String s ? isoMillis(s) : theirs,
          millis(ours, field));
    }
    add(found, uuid, "retries", number(celery, "retries"), number(ours, "retries"));
    add(found, uuid, "runtime", number(celery, "runtime"), number(ours, "runtime"));
    progress(found, uuid, celery.getJsonObject("custom"), ours.getJsonObject("progress"));
    List<String> theirChildren =
        RecordedCorpus.texts(celery.getJsonArray("children", new JsonArray()));
    add(found, uuid, "children", theirChildren, ourChildren);
    return found;
  }

  private static void add(
      List<Difference> found,
      String uuid,
      String field,
      @Nullable Object celery,
      @Nullable Object ours) {
    if (!Objects.equals(celery, ours)) {
      found.add(new Difference(uuid, field, celery, ours));
    }
  }

  private static void progress(
      List<Difference> found,
      String uuid,
      @Nullable JsonObject custom,
      @Nullable JsonObject progress) {
    if (!Objects.equals(plain(custom), plain(progress))) {
      found.add(new Difference(uuid, "progress", custom, progress));
    }
  }

  /** JSON text in which equal objects are equal, whatever the class of their numbers. */
  private static @Nullable String plain(@Nullable JsonObject object) {
    return object == null
        ? null
        : clean(new JsonObject(new java.util.TreeMap<>(object.getMap())).encode());
  }

  private static boolean sameText(@Nullable Object celery, @Nullable String ours) {
    if (celery == null || ours == null || celery instanceof String) {
      return Objects.equals(celery == null ? null : clean(celery.toString()), ours);
    }
    try {
      return Json.encode(celery).equals(Json.encode(Json.decodeValue(ours)));
    } catch (DecodeException e) {
      return false;
    }
  }

  /** Lone surrogates cannot be written as UTF-8: they are shown as U+FFFD. */
  private static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  private static @Nullable Object number(JsonObject object, String field) {
    Object value = object.getValue(field);
    if (value instanceof BigInteger || value instanceof Number) {
      return ((Number) value).doubleValue();
    }
    return value;
  }

  private static @Nullable Long millis(JsonObject object, String field) {
    return object.getValue(field) instanceof Number seconds ? millis(seconds) : null;
  }

  private static long millis(Number seconds) {
    return Math.round(seconds.doubleValue() * 1000);
  }

  private static long isoMillis(String text) {
    Instant instant =
        text.matches(".*([+-]\\d\\d:\\d\\d|Z)")
            ? OffsetDateTime.parse(text).toInstant()
            : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
    return instant.toEpochMilli();
  }
}
