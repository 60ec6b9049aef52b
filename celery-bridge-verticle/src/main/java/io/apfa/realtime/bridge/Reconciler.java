package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.ResultMeta;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CeleryEvent.TaskMeta;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.bus.BusMessage.OwnerAnnouncement;
import io.apfa.realtime.protocol.bus.BusMessage.Page;
import io.apfa.realtime.protocol.bus.BusMessage.Query;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Repairs what lost events left wrong: asks the owner which tasks have not ended, and the result
 * backend, the workers and the queues what became of each. A ready result overwrites the state; a
 * worker or a queue that has the task takes a doubt away; a task that nobody knows in two rounds,
 * in which all answered, is suspect, and counted as lost.
 *
 * <p>Bounded: so many tasks a round; rounds do not overlap. Confined to its verticle's context.
 */
final class Reconciler {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_TASKS = 5000;
  private static final List<String> OPEN_STATES =
      List.of(
          TaskStates.STARTED,
          TaskStates.RECEIVED,
          TaskStates.PENDING,
          TaskStates.RETRY,
          "PROGRESS");

  private final Node node;
  private final String source;
  private final TaskFinder finder;
  private final WorkerBook workers;
  private final Redactor redactor;
  private final BridgeMetrics metrics;
  private final Consumer<CeleryEvent> out;
  private Set<String> unknownBefore = new HashSet<>();
  private boolean running;

  Reconciler(
      Node node,
      String source,
      TaskFinder finder,
      WorkerBook workers,
      Redactor redactor,
      BridgeMetrics metrics,
      Consumer<CeleryEvent> out) {
    this.node = node;
    this.source = source;
    this.finder = finder;
    this.workers = workers;
    this.redactor = redactor;
    this.metrics = metrics;
    this.out = out;
  }

  /**
   * One round over the tasks that have not ended and were not heard of for {@code silentMillis}.
   *
   * @return how many tasks are still unknown
   */
  Future<Integer> run(long silentMillis) {
    OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (running || owner == null) {
      return Future.succeededFuture(0);
    }
    running = true;
    long before = node.clock().millis() - silentMillis;
    Map<String, Task> open = new LinkedHashMap<>();
    return collect(owner, 0, null, before, open)
        .compose(
            v ->
                open.isEmpty()
                    ? Future.succeededFuture(0)
                    : finder
                        .snapshot(List.copyOf(open.keySet()), false)
                        .map(found -> tell(open, found)))
        .onComplete(done -> running = false);
  }

  private Future<Void> collect(
      OwnerAnnouncement owner,
      int state,
      @Nullable String cursor,
      long before,
      Map<String, Task> open) {
    if (state >= OPEN_STATES.size() || open.size() >= MAX_TASKS) {
      return Future.succeededFuture();
    }
    TaskQuery query =
        new TaskQuery(
            source, OPEN_STATES.get(state), null, null, null, null, TaskQuery.MAX_LIMIT, cursor);
    return node.bus()
        .request(owner.node(), new Query(query), Page.class, TIMEOUT)
        .compose(
            page -> {
              for (Task task : page.page().tasks()) {
                boolean waits = Times.isKnown(task.etaMillis()) && task.etaMillis() > before;
                if (task.timestampMillis() <= before && !waits && open.size() < MAX_TASKS) {
                  open.put(task.uuid(), task);
                }
              }
              String next = page.page().next();
              return next == null
                  ? collect(owner, state + 1, null, before, open)
                  : collect(owner, state, next, before, open);
            });
  }

  private int tell(Map<String, Task> open, TaskFinder.Snapshot found) {
    Set<String> unknown = new HashSet<>();
    List<CeleryEvent> repairs = new ArrayList<>();
    long now = node.clock().millis();
    for (Task task : open.values()) {
      String uuid = task.uuid();
      ResultMeta result = found.results().get(uuid);
      QueuedTask queued = found.queued().get(uuid);
      Map<String, @Nullable Object> info = found.running().get(uuid);
      if (result != null && TaskStates.isReady(result.status())) {
        repairs.add(result.event(TaskMeta.Origin.RESULT_BACKEND, now, redactor));
        metrics.onRepaired(1);
      } else if (info != null) {
        if (task.suspect() != null || task.name() == null) {
          repairs.add(known(task, TaskMeta.Origin.INSPECT, info, now));
        }
      } else if (queued != null && !hasLostItsWorker(task, now)) {
        if (task.suspect() != null || task.name() == null) {
          repairs.add(QueueWatch.metaOf(queued, redactor, TaskStates.PENDING, now));
        }
      } else if (found.isComplete()) {
        unknown.add(uuid);
        if (unknownBefore.contains(uuid) && task.suspect() == null) {
          repairs.add(doubt(task, now));
          metrics.onLost(1);
        }
      }
    }
    unknownBefore = unknown;
    repairs.forEach(out);
    return unknown.size();
  }

  private TaskMeta doubt(Task task, long now) {
    return meta(
        task,
        TaskMeta.Origin.RECONCILER,
        null,
        null,
        null,
        null,
        null,
        now,
        isOnSilentWorker(task, now) ? "worker-silent" : "unknown");
  }

  /** Whether its worker died with it; its message waits for another one, maybe for an hour. */
  private boolean hasLostItsWorker(Task task, long now) {
    String worker = task.worker();
    return TaskStates.STARTED.equals(task.state())
        && worker != null
        && workers.isSilent(worker, now);
  }

  /** Whether a worker began it that does not live, as far as we know. */
  private boolean isOnSilentWorker(Task task, long now) {
    String worker = task.worker();
    return TaskStates.STARTED.equals(task.state())
        && worker != null
        && !workers.isAlive(worker, now);
  }

  private TaskMeta known(
      Task task, TaskMeta.Origin origin, Map<String, @Nullable Object> info, long now) {
    String args = info.get("args") == null ? null : Values.write(info.get("args"));
    String kwargs = info.get("kwargs") == null ? null : Values.write(info.get("kwargs"));
    boolean started = info.get("time_start") != null;
    return meta(
        task,
        origin,
        started ? TaskStates.STARTED : TaskStates.RECEIVED,
        Values.text(info.get("name")),
        args == null ? null : redactor.redact(args),
        kwargs == null ? null : redactor.redact(kwargs),
        Values.text(info.get("hostname")),
        now,
        null);
  }

  private static TaskMeta meta(
      Task task,
      TaskMeta.Origin origin,
      @Nullable String status,
      @Nullable String name,
      @Nullable String args,
      @Nullable String kwargs,
      @Nullable String worker,
      long now,
      @Nullable String suspect) {
    return new TaskMeta(
        task.uuid(),
        origin,
        status,
        now,
        name,
        args,
        kwargs,
        worker,
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
}
