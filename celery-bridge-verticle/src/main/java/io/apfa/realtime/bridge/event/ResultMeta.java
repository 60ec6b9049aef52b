package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Celery's Redis result backend keeps of a task (celery-wire.md section 4), as the one JSON
 * text it is.
 *
 * <p>Immutable.
 */
public final class ResultMeta {
  /** Channel and key of a task's result begin so. */
  public static final String PREFIX = "celery-task-meta-";

  private final Map<String, @Nullable Object> meta;

  private ResultMeta(Map<String, @Nullable Object> meta) {
    this.meta = meta;
  }

  /**
   * Reads a meta, whatever Celery's {@code result_serializer} made of it; a pickle is not read.
   *
   * @return null when it is none
   */
  public static @Nullable ResultMeta read(byte[] bytes) {
    try {
      Map<String, @Nullable Object> meta = Values.map(Values.read(asJson(bytes)));
      String uuid = Values.text(meta.get("task_id"));
      boolean whole =
          uuid != null
              && !uuid.isEmpty()
              && uuid.length() <= EventDecoder.MAX_NAME_CHARS
              && Values.text(meta.get("status")) != null;
      return whole ? new ResultMeta(meta) : null;
    } catch (MalformedException | IllegalArgumentException e) {
      return null;
    }
  }

  /** Its first byte tells how it was written: a map of msgpack, a text of YAML, or JSON. */
  private static byte[] asJson(byte[] bytes) throws MalformedException {
    int first = bytes.length == 0 ? 0 : bytes[0] & 0xFF;
    int max = MessageDecoder.DEFAULT_MAX_BODY_BYTES;
    if ((first > 0x80 && first <= 0x8F) || first == 0xDE || first == 0xDF) {
      return MsgpackBody.toJson(bytes, max);
    }
    return first >= 'a' && first <= 'z' ? YamlBody.toJson(bytes, max) : bytes;
  }

  public String uuid() {
    return Surrogates.clean(String.valueOf(meta.get("task_id")));
  }

  public String status() {
    return Surrogates.clean(String.valueOf(meta.get("status")));
  }

  /** Name of the task; only in extended results. */
  public @Nullable String name() {
    return text("name");
  }

  /** Queue of the task; only in extended results. */
  public @Nullable String queue() {
    return text("queue");
  }

  /** JSON text of the arguments; null when the result is not extended, or they are a repr. */
  public @Nullable String argsJson() {
    return meta.get("args") instanceof List<?> args ? Values.write(args) : null;
  }

  /** JSON text of the keyword arguments; null as {@link #argsJson}. */
  public @Nullable String kwargsJson() {
    return meta.get("kwargs") instanceof Map<?, ?> kwargs ? Values.write(kwargs) : null;
  }

  /** The whole meta as strict JSON, its texts redacted. */
  public String json(Redactor redactor) {
    return Values.write(Values.redacted(meta, redactor));
  }

  /** What it tells the owner of the source. */
  public CeleryEvent.TaskMeta event(
      CeleryEvent.TaskMeta.Origin origin, long nowMillis, Redactor redactor) {
    String status = status();
    boolean ready = TaskStates.isReady(status);
    boolean raised = (ready && !status.equals(TaskStates.SUCCESS)) || status.equals("RETRY");
    Object result = meta.get("result");
    String done = Values.text(meta.get("date_done"));
    long doneMillis = done == null ? Times.UNKNOWN_MILLIS : EventFields.isoMillis(done);
    boolean custom = TaskStates.isCustom(status);
    return new CeleryEvent.TaskMeta(
        uuid(),
        origin,
        status,
        Times.isKnown(doneMillis) ? doneMillis : nowMillis,
        name(),
        repr("args", redactor),
        repr("kwargs", redactor),
        text("worker"),
        queue(),
        text("root_id"),
        text("parent_id"),
        text("group_id"),
        (int) Values.whole(meta.get("retries"), -1),
        Times.UNKNOWN_MILLIS,
        status.equals(TaskStates.SUCCESS) ? bounded(PythonLiteral.write(result), redactor) : null,
        raised ? bounded(exception(Values.map(result)), redactor) : null,
        raised ? tracebackText(redactor) : null,
        custom && result != null ? bounded(Values.write(result), redactor) : null,
        null);
  }

  private @Nullable String repr(String field, Redactor redactor) {
    Object value = meta.get(field);
    if (value == null) {
      return null;
    }
    if (value instanceof String text) {
      return bounded(text, redactor);
    }
    return bounded(
        value instanceof List<?> args && field.equals("args")
            ? PythonLiteral.writeArgs(args)
            : PythonLiteral.write(value),
        redactor);
  }

  private @Nullable String tracebackText(Redactor redactor) {
    String traceback = Values.text(meta.get("traceback"));
    return traceback == null ? null : bounded(traceback, redactor);
  }

  /** As Python's repr of the exception, which is what events carry. */
  private static String exception(Map<String, @Nullable Object> result) {
    Object type = result.get("exc_type");
    List<@Nullable Object> message = Values.list(result.get("exc_message"));
    StringBuilder repr =
        new StringBuilder(type == null ? "Exception" : type.toString()).append('(');
    if (result.get("exc_message") instanceof String text) {
      repr.append(PythonLiteral.write(text));
    }
    for (int i = 0; i < message.size(); i++) {
      repr.append(i == 0 ? "" : ", ").append(PythonLiteral.write(message.get(i)));
    }
    return repr.append(')').toString();
  }

  private @Nullable String text(String field) {
    String value = Values.text(meta.get(field));
    return value == null || value.length() > EventDecoder.MAX_NAME_CHARS
        ? null
        : Surrogates.clean(value);
  }

  private static String bounded(String text, Redactor redactor) {
    int max = EventDecoder.MAX_TEXT_CHARS;
    String cut = text.length() <= max ? text : text.substring(0, max - 1) + "…";
    return Surrogates.clean(redactor.redact(cut));
  }
}
