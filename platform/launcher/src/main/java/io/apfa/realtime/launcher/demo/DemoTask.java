package io.apfa.realtime.launcher.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/**
 * A task message (protocol 2, celery-wire 3). Texts that Celery leaves null are empty; {@code
 * args}, {@code kwargs} and {@code chain} are JSON; {@code etaMillis} is 0 for at once. Immutable.
 *
 * @param chain the signatures that follow, the next one last, as Celery keeps them
 */
record DemoTask(
    String id,
    String name,
    String queue,
    String args,
    String kwargs,
    String rootId,
    String parentId,
    String groupId,
    String chain,
    int retries,
    long etaMillis) {

  /** A task of its own: no parent, no group, at once. */
  static DemoTask of(String id, String name, String queue, String args) {
    return new DemoTask(id, name, queue, args, "{}", id, "", "", "[]", 0, 0);
  }

  DemoTask inGroup(String group) {
    return new DemoTask(
        id, name, queue, args, kwargs, rootId, parentId, group, chain, retries, etaMillis);
  }

  DemoTask followedBy(List<String> signatures) {
    String rest = JsonText.arrayOf(signatures);
    return new DemoTask(
        id, name, queue, args, kwargs, rootId, parentId, groupId, rest, retries, etaMillis);
  }

  DemoTask at(long millis) {
    return new DemoTask(
        id, name, queue, args, kwargs, rootId, parentId, groupId, chain, retries, millis);
  }

  /** The same task once more, later; a retried task is its own parent (celery-wire 1). */
  DemoTask retriedAt(long millis) {
    return new DemoTask(
        id, name, queue, args, kwargs, rootId, id, groupId, chain, retries + 1, millis);
  }

  /** The signature of a task in a chain. */
  static String signature(String id, String name, String args) {
    return JsonText.object(
        json -> {
          json.writeStringField("task", name);
          JsonText.rawField(json, "args", args);
          JsonText.rawField(json, "kwargs", "{}");
          json.writeObjectFieldStart("options");
          json.writeStringField("task_id", id);
          json.writeEndObject();
          json.writeNullField("subtask_type");
          json.writeBooleanField("immutable", false);
        });
  }

  /** The next task of the chain, {@code result} before its own arguments; itself without one. */
  List<DemoTask> next(String result) {
    List<String> signatures = JsonText.elements(chain);
    if (signatures.isEmpty()) {
      return List.of();
    }
    int last = signatures.size() - 1;
    Map<String, String> signature = JsonText.fields(signatures.get(last));
    Map<String, String> options = JsonText.fields(signature.getOrDefault("options", "{}"));
    List<String> own = JsonText.elements(signature.getOrDefault("args", "[]"));
    String arguments =
        own.isEmpty() ? "[" + result + "]" : "[" + result + "," + String.join(",", own) + "]";
    return List.of(
        new DemoTask(
            options.getOrDefault("task_id", ""),
            signature.getOrDefault("task", ""),
            queue,
            arguments,
            signature.getOrDefault("kwargs", "{}"),
            rootId,
            id,
            "",
            JsonText.arrayOf(signatures.subList(0, last)),
            0,
            0));
  }

  /** The message to push on {@link #queue()}. */
  String encode(String origin, String deliveryTag) {
    String body =
        "["
            + args
            + ","
            + kwargs
            + ",{\"callbacks\":null,\"errbacks\":null,\"chain\":"
            + chain
            + ",\"chord\":null}]";
    return Envelope.task(
        id,
        queue,
        body,
        json -> {
          json.writeStringField("lang", "py");
          json.writeStringField("task", name);
          json.writeStringField("id", id);
          json.writeNullField("shadow");
          JsonText.field(json, "eta", eta());
          json.writeNullField("expires");
          JsonText.field(json, "group", groupId);
          json.writeNumberField("retries", retries);
          json.writeStringField("root_id", rootId);
          JsonText.field(json, "parent_id", parentId);
          json.writeStringField("argsrepr", argsRepr());
          json.writeStringField("kwargsrepr", kwargs);
          json.writeStringField("origin", origin);
          json.writeBooleanField("ignore_result", false);
        },
        deliveryTag);
  }

  /**
   * Reads a message popped from {@code queue}.
   *
   * @throws RuntimeException if it is not a task message
   */
  static DemoTask decode(String queue, String message) {
    Envelope envelope = Envelope.read(message);
    Map<String, String> headers = envelope.headers();
    List<String> body = JsonText.elements(envelope.body());
    String id = required(headers, "id");
    String eta = headers.getOrDefault("eta", "");
    return new DemoTask(
        id,
        required(headers, "task"),
        queue,
        body.get(0),
        body.get(1),
        headers.getOrDefault("root_id", id),
        headers.getOrDefault("parent_id", ""),
        headers.getOrDefault("group", ""),
        JsonText.fields(body.get(2)).getOrDefault("chain", "[]"),
        Integer.parseInt(headers.getOrDefault("retries", "0")),
        eta.isEmpty() ? 0 : OffsetDateTime.parse(eta).toInstant().toEpochMilli());
  }

  /** The fields that task-sent and task-received have in common. */
  void writeFields(JsonGenerator json) throws IOException {
    json.writeStringField("uuid", id);
    json.writeStringField("name", name);
    json.writeStringField("args", argsRepr());
    json.writeStringField("kwargs", kwargs);
    json.writeStringField("root_id", rootId);
    JsonText.field(json, "parent_id", parentId);
    json.writeNumberField("retries", retries);
    JsonText.field(json, "eta", eta());
    json.writeNullField("expires");
  }

  /** The ETA as Celery writes it, empty without one. */
  String eta() {
    return etaMillis == 0 ? "" : IsoTime.utc(etaMillis) + "+00:00";
  }

  private String argsRepr() {
    List<String> elements = JsonText.elements(args).stream().map(DemoTask::repr).toList();
    String trailing = elements.size() == 1 ? "," : "";
    return "(" + String.join(", ", elements) + trailing + ")";
  }

  /** A scalar as Python writes it; arrays and objects stay JSON. */
  static String repr(String element) {
    return switch (element) {
      case "null" -> "None";
      case "true" -> "True";
      case "false" -> "False";
      default -> element.startsWith("\"") ? "'" + JsonText.unquoted(element) + "'" : element;
    };
  }

  private static String required(Map<String, String> headers, String name) {
    String value = headers.get(name);
    if (value == null) {
      throw new IllegalArgumentException("task message: no " + name + " (expected: a header)");
    }
    return value;
  }
}
