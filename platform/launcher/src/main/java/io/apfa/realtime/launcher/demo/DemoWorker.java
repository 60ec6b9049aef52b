package io.apfa.realtime.launcher.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A worker that only pretends to work, but speaks like a real one: it takes task messages, sends
 * the events of their lives, stores their results and honours revokes. Its effects are Redis
 * commands, appended to the list that each method is given.
 *
 * <p>Bounds: it asks for no more messages than it has slots; of revoked ids it remembers the last
 * {@value #REVOKED_LIMIT}.
 *
 * <p>Confined to its owner's thread.
 */
final class DemoWorker {
  private static final int REVOKED_LIMIT = 1_000;
  private static final int HEARTBEAT_MILLIS = 2_000;
  private static final int LARGEST_POOL = 64;

  private final EventWriter events;
  private final EventWriter childEvents;
  private final TaskSender sender;
  private final Random random;
  private final int pid;
  private final Set<String> queues;
  private final Deque<DemoTask> reserved = new ArrayDeque<>();
  private final List<DemoTask> scheduled = new ArrayList<>();
  private final Map<String, TaskRun> running = new LinkedHashMap<>();
  private final Set<String> revoked = new LinkedHashSet<>();
  private final Map<String, Integer> totals = new LinkedHashMap<>();
  private int slots;
  private int processed;
  private long nextHeartbeatMillis;

  DemoWorker(
      KombuNames names, String hostname, int pid, Set<String> queues, int slots, Random random) {
    Uuids uuids = new Uuids(random);
    EventWriter childSender =
        new EventWriter(names, "gen" + (pid + 1) + "@generator", pid + 1, uuids);
    this.events = new EventWriter(names, hostname, pid, uuids);
    this.childEvents = new EventWriter(names, hostname, pid + 1, uuids);
    this.sender = new TaskSender(childSender, uuids);
    this.random = random;
    this.pid = pid;
    this.queues = new LinkedHashSet<>(queues);
    this.slots = slots;
  }

  String hostname() {
    return events.hostname();
  }

  int pid() {
    return pid;
  }

  long clock() {
    return events.clock();
  }

  int slots() {
    return slots;
  }

  /** The queues it takes from now. */
  Set<String> queues() {
    return queues;
  }

  /** Tasks that wait for a slot. */
  Iterable<DemoTask> reserved() {
    return reserved;
  }

  /** Tasks that wait for their time. */
  List<DemoTask> scheduled() {
    return scheduled;
  }

  Iterable<TaskRun> running() {
    return running.values();
  }

  Set<String> revoked() {
    return revoked;
  }

  /** How many tasks of each name were started. */
  Map<String, Integer> totals() {
    return totals;
  }

  /** How many messages it would take now. */
  int wanted() {
    return Math.max(0, slots - reserved.size());
  }

  /** Grows or shrinks the pool, within 1 and {@value #LARGEST_POOL}. */
  void resize(int more) {
    slots = Math.max(1, Math.min(LARGEST_POOL, slots + more));
  }

  /** Says worker-online, -heartbeat or -offline. */
  void announce(String type, long nowMillis, List<RedisCommand> out) {
    nextHeartbeatMillis = nowMillis + HEARTBEAT_MILLIS;
    out.add(
        events.single(
            type,
            nowMillis,
            json -> {
              json.writeNumberField("freq", 2.0);
              json.writeNumberField("active", running.size());
              json.writeNumberField("processed", processed);
              JsonText.rawField(json, "loadavg", "[0.0,0.0,0.0]");
              json.writeStringField("sw_ident", "apfa-demo-generator");
              json.writeStringField("sw_ver", "0.1.0");
              json.writeStringField("sw_sys", "Java");
            }));
  }

  /** Takes a message from a queue. */
  void receive(DemoTask task, long nowMillis, List<RedisCommand> out) {
    if (TaskKind.named(task.name()).isEmpty()) {
      Outcome unknown = Outcome.failure("NotRegistered", task.name());
      failed(task, unknown, "", nowMillis, out);
    } else if (revoked.contains(task.id())) {
      revoke(task, false, nowMillis, out);
    } else {
      events.buffer("task-received", nowMillis, task::writeFields);
      if (task.etaMillis() > nowMillis) {
        scheduled.add(task);
      } else {
        reserved.addLast(task);
      }
    }
    events.flush(out);
  }

  /** Remembers a revoke; with {@code terminate} a running task ends now. True if one did. */
  boolean revoke(String id, boolean terminate, long nowMillis, List<RedisCommand> out) {
    if (revoked.size() >= REVOKED_LIMIT) {
      Iterator<String> oldest = revoked.iterator();
      oldest.next();
      oldest.remove();
    }
    revoked.add(id);
    TaskRun run = terminate ? running.remove(id) : null;
    if (run == null) {
      return false;
    }
    revoke(run.task(), true, nowMillis, out);
    events.flush(out);
    return true;
  }

  /** Does what is due: heartbeat, progress, ends, starts. */
  void tick(long nowMillis, List<RedisCommand> out) {
    if (nowMillis >= nextHeartbeatMillis) {
      announce("worker-heartbeat", nowMillis, out);
    }
    for (TaskRun run : List.copyOf(running.values())) {
      reportProgress(run, nowMillis, out);
      if (run.isOver(nowMillis)) {
        running.remove(run.task().id());
        finish(run, nowMillis, out);
      }
    }
    scheduled.removeIf(task -> task.etaMillis() <= nowMillis && reserved.add(task));
    while (running.size() < slots && !reserved.isEmpty()) {
      begin(reserved.removeFirst(), nowMillis, out);
    }
    events.flush(out);
  }

  private void begin(DemoTask task, long nowMillis, List<RedisCommand> out) {
    if (revoked.contains(task.id())) {
      revoke(task, false, nowMillis, out);
      return;
    }
    TaskKind kind = TaskKind.named(task.name()).orElseThrow();
    int child = pid + 1 + processed % slots;
    processed++;
    totals.merge(task.name(), 1, Integer::sum);
    long end = nowMillis + kind.runMillis(task, random);
    running.put(task.id(), new TaskRun(task, kind, child, nowMillis, end));
    events.buffer("task-started", nowMillis, json -> json.writeStringField("uuid", task.id()));
    TaskResult.started(child, hostname()).store(task, hostname(), nowMillis, out);
  }

  private void reportProgress(TaskRun run, long nowMillis, List<RedisCommand> out) {
    DemoTask task = run.task();
    int step = run.nextProgressStep(nowMillis);
    if (step == 0) {
      return;
    }
    long total = TaskKind.number(task, 1);
    JsonText.Body done =
        json -> {
          json.writeNumberField("current", total * step / TaskKind.PROGRESS_STEPS);
          json.writeNumberField("total", total);
        };
    out.add(
        childEvents.single(
            "task-progress",
            nowMillis,
            json -> {
              json.writeStringField("uuid", task.id());
              done.write(json);
            }));
    new TaskResult("PROGRESS", JsonText.object(done), "").store(task, hostname(), nowMillis, out);
  }

  private void finish(TaskRun run, long nowMillis, List<RedisCommand> out) {
    DemoTask task = run.task();
    Outcome outcome = run.kind().outcome(task);
    switch (outcome.kind()) {
      case SUCCESS -> succeeded(run, outcome.result(), nowMillis, out);
      case FAILURE -> failed(task, outcome, outcome.traceback(task.name()), nowMillis, out);
      case RETRY -> retried(task, outcome, nowMillis, out);
    }
  }

  private void succeeded(TaskRun run, String result, long nowMillis, List<RedisCommand> out) {
    DemoTask task = run.task();
    TaskResult.success(result).store(task, hostname(), nowMillis, out);
    task.next(result).forEach(next -> sender.send(next, nowMillis, out));
    events.buffer(
        "task-succeeded",
        nowMillis,
        json -> {
          json.writeStringField("uuid", task.id());
          json.writeStringField("result", DemoTask.repr(result));
          json.writeNumberField("runtime", (nowMillis - run.startedMillis()) / 1000.0);
        });
  }

  private void failed(
      DemoTask task, Outcome outcome, String traceback, long nowMillis, List<RedisCommand> out) {
    TaskResult.exception("FAILURE", outcome.type(), outcome.message(), "apfa_demo", traceback)
        .store(task, hostname(), nowMillis, out);
    bufferException("task-failed", task, outcome, traceback, nowMillis);
  }

  private void retried(DemoTask task, Outcome outcome, long nowMillis, List<RedisCommand> out) {
    String traceback = outcome.traceback(task.name());
    TaskResult.exception("RETRY", outcome.type(), outcome.message(), "builtins", traceback)
        .store(task, hostname(), nowMillis, out);
    sender.send(task.retriedAt(nowMillis + TaskKind.RETRY_MILLIS), nowMillis, out);
    bufferException("task-retried", task, outcome, traceback, nowMillis);
  }

  private void revoke(DemoTask task, boolean terminated, long nowMillis, List<RedisCommand> out) {
    String reason = terminated ? "terminated" : "revoked";
    TaskResult.exception("REVOKED", "TaskRevokedError", reason, "celery.exceptions", "")
        .store(task, hostname(), nowMillis, out);
    events.buffer(
        "task-revoked",
        nowMillis,
        json -> {
          json.writeStringField("uuid", task.id());
          json.writeBooleanField("terminated", terminated);
          JsonText.rawField(json, "signum", terminated ? "15" : "null");
          json.writeBooleanField("expired", false);
        });
  }

  private void bufferException(
      String type, DemoTask task, Outcome outcome, String traceback, long nowMillis) {
    events.buffer(
        type,
        nowMillis,
        json -> {
          json.writeStringField("uuid", task.id());
          json.writeStringField("exception", outcome.exception());
          if (!traceback.isEmpty()) {
            json.writeStringField("traceback", traceback);
          }
        });
  }
}
