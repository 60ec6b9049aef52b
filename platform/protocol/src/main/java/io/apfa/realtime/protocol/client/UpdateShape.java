package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;

/**
 * The names and order of an update's {@code data}, for every encoding.
 *
 * <p>Immutable.
 */
final class UpdateShape {
  private UpdateShape() {}

  static void write(Update update, ObjectSink out) {
    switch (update.kind()) {
      case TASK_UPDATE -> writeTask(((Update.TaskUpdate) update).task(), out);
      case BATCH_PROGRESS -> writeProgress((Update.BatchProgress) update, out);
      case QUEUE_DEPTH -> writeDepth((Update.QueueDepth) update, out);
      case WORKER_UPDATE -> writeWorker(((Update.WorkerUpdate) update).worker(), out);
      case COMMAND_UPDATE -> writeCommand((Update.CommandUpdate) update, out);
      case GAP -> writeGap((Update.Gap) update, out);
    }
  }

  static void writeTask(Task task, ObjectSink out) {
    out.text("uuid", task.uuid());
    out.text("name", task.name());
    out.text("state", task.state());
    out.text("worker", task.worker());
    out.text("queue", task.queue());
    out.text("args", task.args());
    out.text("kwargs", task.kwargs());
    out.count("retries", task.retries());
    out.time("eta", task.etaMillis());
    out.time("expires", task.expiresMillis());
    out.text("root_id", task.rootId());
    out.text("parent_id", task.parentId());
    out.text("group_id", task.groupId());
    out.time("sent", task.sentMillis());
    out.time("received", task.receivedMillis());
    out.time("started", task.startedMillis());
    out.time("succeeded", task.succeededMillis());
    out.time("failed", task.failedMillis());
    out.time("retried", task.retriedMillis());
    out.time("revoked", task.revokedMillis());
    out.time("rejected", task.rejectedMillis());
    out.time("timestamp", task.timestampMillis());
    out.real("runtime", task.runtimeSeconds());
    out.text("result", task.result());
    out.text("exception", task.exception());
    out.text("traceback", task.traceback());
    out.json("progress", task.progress());
    Task.Suspect suspect = task.suspect();
    if (suspect != null) {
      out.beginObject("suspect", 2);
      out.text("reason", suspect.reason());
      out.time("since", Math.max(0, suspect.sinceMillis()));
      out.endObject();
    }
    out.count("offset", task.offset());
  }

  private static void writeProgress(Update.BatchProgress progress, ObjectSink out) {
    out.text("group_id", progress.groupId());
    out.count("total", progress.total());
    out.count("completed", progress.completed());
    out.count("failed", progress.failed());
    out.count("running", progress.running());
    out.real("percent", progress.percent());
  }

  private static void writeDepth(Update.QueueDepth depth, ObjectSink out) {
    out.text("queue", depth.queue());
    out.count("depth", depth.depth());
    out.count("unacked", depth.unacked());
  }

  static void writeWorker(Worker worker, ObjectSink out) {
    out.text("hostname", worker.hostname());
    out.text("status", worker.status().word());
    out.count("pid", worker.pid());
    out.real("freq", worker.freqSeconds());
    out.count("active", worker.active());
    out.count("processed", worker.processed());
    out.reals("loadavg", worker.loadavg());
    out.text("sw_ident", worker.swIdent());
    out.text("sw_ver", worker.swVer());
    out.text("sw_sys", worker.swSys());
    out.count("pool", worker.poolSize());
    out.time("last_heartbeat", worker.lastHeartbeatMillis());
  }

  private static void writeCommand(Update.CommandUpdate command, ObjectSink out) {
    out.text("commandId", command.commandId());
    out.text("msgId", command.msgId());
    out.text("status", command.status().word());
    out.text("reason", command.reason());
    out.text("task", command.taskId());
  }

  private static void writeGap(Update.Gap gap, ObjectSink out) {
    out.time("since", gap.sinceMillis());
    out.time("until", gap.untilMillis());
    out.text("worker", gap.worker());
    out.texts("kinds", gap.kinds());
    out.count("estimated", gap.estimated());
    out.text("reason", gap.reason());
  }
}
