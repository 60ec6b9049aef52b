package io.apfa.realtime.launcher.demo;

import java.util.List;

/**
 * What the result backend keeps for a task (celery-wire 4): {@code result} is JSON, {@code
 * traceback} is empty without one. Immutable.
 */
record TaskResult(String status, String result, String traceback) {
  private static final String EXPIRES_SECONDS = "600";

  static TaskResult success(String result) {
    return new TaskResult("SUCCESS", result, "");
  }

  static TaskResult started(int pid, String hostname) {
    String result =
        JsonText.object(
            json -> {
              json.writeNumberField("pid", pid);
              json.writeStringField("hostname", hostname);
            });
    return new TaskResult("STARTED", result, "");
  }

  /** A FAILURE, RETRY or REVOKED with its exception. */
  static TaskResult exception(
      String status, String type, String message, String module, String traceback) {
    String result =
        JsonText.object(
            json -> {
              json.writeStringField("exc_type", type);
              json.writeArrayFieldStart("exc_message");
              json.writeString(message);
              json.writeEndArray();
              json.writeStringField("exc_module", module);
            });
    return new TaskResult(status, result, traceback);
  }

  /** Stores it, with an expiry, and tells who waits for it. */
  void store(DemoTask task, String worker, long nowMillis, List<RedisCommand> out) {
    String key = "celery-task-meta-" + task.id();
    String meta = encode(task, worker, nowMillis);
    out.add(RedisCommand.of("SETEX", key, EXPIRES_SECONDS, meta));
    out.add(RedisCommand.publish(key, meta));
  }

  private boolean isReady() {
    return status.equals("SUCCESS") || status.equals("FAILURE") || status.equals("REVOKED");
  }

  private String encode(DemoTask task, String worker, long nowMillis) {
    return JsonText.object(
        json -> {
          json.writeStringField("status", status);
          JsonText.rawField(json, "result", result);
          JsonText.field(json, "traceback", traceback);
          JsonText.rawField(json, "children", "[]");
          JsonText.field(json, "date_done", isReady() ? IsoTime.utc(nowMillis) : "");
          json.writeStringField("name", task.name());
          JsonText.rawField(json, "args", task.args());
          JsonText.rawField(json, "kwargs", task.kwargs());
          json.writeStringField("worker", worker);
          json.writeNumberField("retries", task.retries());
          json.writeStringField("queue", task.queue());
          if (!task.parentId().isEmpty()) {
            json.writeStringField("parent_id", task.parentId());
          }
          if (!task.groupId().isEmpty()) {
            json.writeStringField("group_id", task.groupId());
          }
          json.writeStringField("task_id", task.id());
        });
  }
}
