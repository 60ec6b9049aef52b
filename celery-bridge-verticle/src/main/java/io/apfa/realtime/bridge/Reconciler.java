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
 * worker or a queue that has the task takes a doubt away; a task that nobody knows in two turns, in
 * which all answered, is suspect, and counted as lost.
 *
 * <p>Bounded: so many tasks a round, those not heard of for longest first; the next round goes on
 * after them, until the turn has come to all. Rounds do not overlap. Confined to its verticle's
 * context.
 */
final class Reconciler {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Tasks of one round; with more of them the next round goes on after these. */
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
  private Place place = Place.START;
  private Set<String> unknownBefore = new HashSet<>();
  private Set<String> unknownInTurn = new HashSet<>();
  private long turns;
  private boolean running;

  /** Where a round begins: an index in {@link #OPEN_STATES}, and a page of that state's tasks. */
  private record Place(int state, @Nullable String cursor) {
    static final Place START = new Place(0, null);
  }

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
    return collect(owner, place, before, open)
        .onSuccess(next -> place = next)
        .compose(
            next ->
                open.isEmpty()
                    ? Future.succeededFuture(0)
                    : finder
                        .snapshot(List.copyOf(open.keySet()), false)
                        .map(found -> tell(open, found)))
        .onSuccess(unknown -> onRound())
        .onFailure(failure -> endTurn())
        .onComplete(done -> running = false);
  }

  /** Turns that ended, well or not, in one round or, with many tasks, in several. */
  long turns() {
    return turns;
  }

  private void onRound() {
    if (place.equals(Place.START)) {
      unknownBefore = unknownInTurn;
      endTurn();
    }
  }

  private void endTurn() {
    place = Place.START;
    unknownInTurn = new HashSet<>();
    turns++;
  }

  /**
   * Collects what was silent for longest, up to {@link #MAX_TASKS} tasks and the rest of a page.
   *
   * @return where the next round begins
   */
  private Future<Place> collect(
      OwnerAnnouncement owner, Place from, long before, Map<String, Task> open) {
    if (from.state() >= OPEN_STATES.size()) {
      return Future.succeededFuture(Place.START);
    }
    if (open.size() >= MAX_TASKS) {
      return Future.succeededFuture(from);
    }
    String state = OPEN_STATES.get(from.state());
    TaskQuery query =
        new TaskQuery(source, state, null, null, null, null, TaskQuery.MAX_LIMIT, from.cursor())
            .inOrder(TaskQuery.Order.OLDEST_FIRST);
    return node.bus()
        .request(owner.node(), new Query(query), Page.class, TIMEOUT)
        .compose(
            page -> {
              boolean silent = false;
              for (Task task : page.page().tasks()) {
                boolean waits = Times.isKnown(task.etaMillis()) && task.etaMillis() > before;
                if (task.timestampMillis() <= before) {
                  silent = true;
                  if (!waits) {
                    open.put(task.uuid(), task);
                  }
                }
              }
              // what comes after a page of tasks just heard of was heard of later still
              String next = silent ? page.page().next() : null;
              Place then =
                  next == null ? new Place(from.state() + 1, null) : new Place(from.state(), next);
              return collect(owner, then, before, open);
            });
  }

  private int tell(Map<String, Task> open, TaskFinder.Snapshot found) {
    int unknown = 0;
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
        unknown++;
        unknownInTurn.add(uuid);
        if (unknownBefore.contains(uuid) && task.suspect() == null) {
          repairs.add(doubt(task, now));
          metrics.onLost(1);
        }
      }
    }
    repairs.forEach(out);
    return unknown;
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
