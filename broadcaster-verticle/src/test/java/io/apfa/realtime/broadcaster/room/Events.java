package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.CeleryEvent.TaskMeta;
import io.apfa.realtime.protocol.CeleryEvent.TaskMeta.Origin;
import io.apfa.realtime.protocol.CeleryEvent.WorkerEvent;
import io.apfa.realtime.protocol.Times;
import java.util.List;

/** Events for tests. */
public final class Events {
  public static final String HOST = "w1@alpha";
  public static final String NAME = "orders.add";
  public static final long T0 = 1_795_555_000_000L;

  private Events() {}

  /** An event that carries nothing but its type and time. */
  public static TaskEvent plain(String type, String uuid, long millis) {
    return event(type, uuid, HOST, millis, null, -1, null, null, null, Double.NaN);
  }

  public static TaskEvent sent(String uuid, int retries, long millis) {
    return event(
        "task-sent", uuid, "gen1@vm", millis, NAME, retries, null, "celery", null, Double.NaN);
  }

  public static TaskEvent received(String uuid, int retries, long millis) {
    return event("task-received", uuid, HOST, millis, NAME, retries, null, null, null, Double.NaN);
  }

  public static TaskEvent received(String uuid, String rootId, String parentId, long millis) {
    return new TaskEvent(
        "task-received",
        uuid,
        HOST,
        1,
        1,
        millis,
        millis,
        NAME,
        "(2, 3)",
        "{}",
        0,
        Times.UNKNOWN_MILLIS,
        Times.UNKNOWN_MILLIS,
        rootId,
        parentId,
        null,
        null,
        Double.NaN,
        null,
        null,
        null);
  }

  public static TaskEvent started(String uuid, long millis) {
    return plain("task-started", uuid, millis);
  }

  public static TaskEvent succeeded(String uuid, long millis) {
    return event("task-succeeded", uuid, HOST, millis, null, -1, null, null, "5", 0.05);
  }

  public static TaskEvent failed(String uuid, long millis) {
    return event(
        "task-failed", uuid, HOST, millis, null, -1, "ValueError()", null, null, Double.NaN);
  }

  public static TaskEvent retried(String uuid, long millis) {
    return event("task-retried", uuid, HOST, millis, null, -1, "Retry()", null, null, Double.NaN);
  }

  public static TaskEvent event(
      String type,
      String uuid,
      String hostname,
      long millis,
      String name,
      int retries,
      String exception,
      String queue,
      String result,
      double runtimeSeconds) {
    return new TaskEvent(
        type,
        uuid,
        hostname,
        1,
        1,
        millis,
        millis,
        name,
        name == null ? null : "(2, 3)",
        name == null ? null : "{}",
        retries,
        Times.UNKNOWN_MILLIS,
        Times.UNKNOWN_MILLIS,
        name == null ? null : uuid,
        null,
        queue,
        result,
        runtimeSeconds,
        exception,
        exception == null ? null : "Traceback…",
        null);
  }

  public static TaskEvent progress(String uuid, String json, long millis) {
    return new TaskEvent(
        "task-progress",
        uuid,
        HOST,
        1,
        1,
        millis,
        millis,
        null,
        null,
        null,
        -1,
        Times.UNKNOWN_MILLIS,
        Times.UNKNOWN_MILLIS,
        null,
        null,
        null,
        null,
        Double.NaN,
        null,
        null,
        json);
  }

  public static TaskMeta meta(String uuid, Origin origin, String status, String suspect) {
    return new TaskMeta(
        uuid,
        origin,
        status,
        T0 + 60_000,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        -1,
        Times.UNKNOWN_MILLIS,
        null,
        null,
        null,
        null,
        suspect);
  }

  public static TaskMeta grouped(String uuid, String groupId) {
    return new TaskMeta(
        uuid,
        Origin.QUEUE_MESSAGE,
        null,
        T0,
        NAME,
        null,
        null,
        null,
        "celery",
        uuid,
        null,
        groupId,
        0,
        Times.UNKNOWN_MILLIS,
        null,
        null,
        null,
        null,
        null);
  }

  public static WorkerEvent worker(String type, String hostname, long millis) {
    return new WorkerEvent(
        type,
        hostname,
        10,
        1,
        millis,
        millis,
        2.0,
        1,
        7,
        List.of(0.1, 0.2, 0.3),
        "py-celery",
        "5.2.6",
        "Linux",
        -1);
  }

  /** The usual life of a task that ends well. */
  public static List<CeleryEvent> life(String uuid, long millis) {
    return List.of(
        sent(uuid, 0, millis),
        received(uuid, 0, millis + 1),
        started(uuid, millis + 2),
        succeeded(uuid, millis + 50));
  }
}
