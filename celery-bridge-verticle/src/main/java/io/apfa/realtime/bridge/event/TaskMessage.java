package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Times;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task to submit, in Celery's message protocol 2 (celery-wire.md section 3).
 *
 * <p>Immutable.
 *
 * @param argsJson JSON text of a list
 * @param kwargsJson JSON text of an object
 * @param priority 0 to 9
 * @param etaMillis {@link Times#UNKNOWN_MILLIS} = at once
 */
public record TaskMessage(
    String uuid,
    String name,
    String argsJson,
    String kwargsJson,
    String queue,
    int priority,
    long etaMillis) {
  private static final int MAX_REPR_CHARS = 1024;

  public TaskMessage {
    if (name.isEmpty() || queue.isEmpty()) {
      throw new IllegalArgumentException("name and queue (expected: not empty)");
    }
    if (!(Values.read(argsJson) instanceof List)) {
      throw new IllegalArgumentException("args (expected: a JSON list)");
    }
    if (!(Values.read(kwargsJson) instanceof Map)) {
      throw new IllegalArgumentException("kwargs (expected: a JSON object)");
    }
  }

  /** The message; {@code origin} names who sends it. */
  public KombuMessage message(String origin) {
    Map<String, @Nullable Object> headers = new LinkedHashMap<>();
    headers.put("lang", "py");
    headers.put("task", name);
    headers.put("id", uuid);
    headers.put("shadow", null);
    headers.put("eta", Times.isKnown(etaMillis) ? iso(etaMillis) : null);
    headers.put("expires", null);
    headers.put("group", null);
    headers.put("group_index", null);
    headers.put("retries", 0);
    List<@Nullable Object> noLimits = new ArrayList<>();
    noLimits.add(null);
    noLimits.add(null);
    headers.put("timelimit", noLimits);
    headers.put("root_id", uuid);
    headers.put("parent_id", null);
    headers.put("argsrepr", argsRepr());
    headers.put("kwargsrepr", kwargsRepr());
    headers.put("origin", origin);
    headers.put("ignore_result", false);
    Map<String, @Nullable Object> embed = new LinkedHashMap<>();
    embed.put("callbacks", null);
    embed.put("errbacks", null);
    embed.put("chain", null);
    embed.put("chord", null);
    // the texts were checked, and are kept as they are: no number changes on its way
    String body = "[" + argsJson + ", " + kwargsJson + ", " + Values.write(embed) + "]";
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    properties.put("correlation_id", uuid);
    properties.put("reply_to", uuid);
    return new KombuMessage(body, headers, properties);
  }

  /** The event that Celery's own producers send with a task. */
  public CeleryEvent.TaskEvent sentEvent(String origin, long nowMillis) {
    return new CeleryEvent.TaskEvent(
        "task-sent",
        uuid,
        origin,
        -1,
        -1,
        nowMillis,
        nowMillis,
        name,
        argsRepr(),
        kwargsRepr(),
        0,
        etaMillis,
        Times.UNKNOWN_MILLIS,
        uuid,
        null,
        queue,
        null,
        Double.NaN,
        null,
        null,
        null);
  }

  private String argsRepr() {
    return cut(PythonLiteral.writeArgs(Values.list(Values.read(argsJson))));
  }

  private String kwargsRepr() {
    return cut(PythonLiteral.write(Values.read(kwargsJson)));
  }

  private static String cut(String repr) {
    return repr.length() <= MAX_REPR_CHARS
        ? repr
        : Surrogates.clean(repr.substring(0, MAX_REPR_CHARS - 3)) + "...";
  }

  private static String iso(long millis) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
        Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC));
  }
}
