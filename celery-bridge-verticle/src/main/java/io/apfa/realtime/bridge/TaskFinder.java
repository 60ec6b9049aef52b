package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.PythonLiteral;
import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.ResultMeta;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.bridge.source.ResultBackend;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.bus.BusMessage.OwnerAnnouncement;
import io.apfa.realtime.protocol.bus.BusMessage.TaskDetail;
import io.apfa.realtime.protocol.bus.BusMessage.TaskLookup;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the real arguments of a task: in its queue message, in the worker that has it, in an
 * extended result, and last in the reprs of its events, when those are complete and plain. What
 * cannot be known is refused with the reason; nothing is guessed. Confined to its verticle's
 * context.
 */
final class TaskFinder {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int MAX_MESSAGES = 5000;

  private final Node node;
  private final String source;
  private final QueueClient queues;
  private final ResultBackend results;
  private final ControlClient control;
  private final WorkerBook workers;

  /** A task that can be submitted again. */
  record Found(String name, String argsJson, String kwargsJson, @Nullable String queue) {}

  /**
   * What brokers, workers and the result backend know of some tasks, by uuid.
   *
   * @param isComplete whether all who could know answered; if not, silence about a task says
   *     nothing
   */
  record Snapshot(
      Map<String, QueuedTask> queued,
      Map<String, Map<String, @Nullable Object>> running,
      Map<String, ResultMeta> results,
      boolean isComplete) {}

  /** What workers said, and whether all of them did. */
  private record Running(Map<String, Map<String, @Nullable Object>> tasks, boolean isComplete) {}

  TaskFinder(
      Node node,
      String source,
      QueueClient queues,
      ResultBackend results,
      ControlClient control,
      WorkerBook workers) {
    this.node = node;
    this.source = source;
    this.queues = queues;
    this.results = results;
    this.control = control;
    this.workers = workers;
  }

  /**
   * Asks everyone at once; who does not answer knows nothing.
   *
   * @param mayDisturb whether queues are looked into also where that leaves a trace
   */
  Future<Snapshot> snapshot(List<String> uuids, boolean mayDisturb) {
    Future<Map<String, QueuedTask>> queued =
        mayDisturb || queues.isPeekingFree()
            ? queued(new HashSet<>(uuids))
            : Future.succeededFuture(Map.of());
    Future<Running> running = running(uuids);
    Future<Map<String, ResultMeta>> metas = results.read(uuids);
    return Future.join(queued, running, metas)
        .otherwiseEmpty()
        .map(
            v -> {
              Running told = running.result();
              Map<String, QueuedTask> waiting = queued.result();
              Map<String, ResultMeta> found = metas.result();
              return new Snapshot(
                  waiting == null ? Map.of() : waiting,
                  told == null ? Map.of() : told.tasks(),
                  found == null ? Map.of() : found,
                  waiting != null && found != null && told != null && told.isComplete());
            });
  }

  /**
   * The task {@code uuid}, with its arguments unless {@code argsJson} and {@code kwargsJson} give
   * others.
   *
   * @return failed with the reason when it cannot be submitted again as it was
   */
  Future<Found> find(
      String uuid, Snapshot snapshot, @Nullable String argsJson, @Nullable String kwargsJson) {
    QueuedTask queued = snapshot.queued().get(uuid);
    Map<String, @Nullable Object> running = snapshot.running().getOrDefault(uuid, Map.of());
    ResultMeta meta = snapshot.results().get(uuid);
    return lookup(uuid)
        .map(
            task -> {
              String name =
                  firstOf(
                      queued == null ? null : queued.name(),
                      Values.text(running.get("name")),
                      meta == null ? null : meta.name(),
                      task == null ? null : task.name());
              if (name == null) {
                throw new IllegalArgumentException("the task's name is not known");
              }
              String args =
                  firstOf(
                      argsJson,
                      queued == null ? null : queued.argsJson(),
                      running.get("args") instanceof List<?> list ? Values.write(list) : null,
                      meta == null ? null : meta.argsJson());
              String kwargs =
                  firstOf(
                      kwargsJson,
                      queued == null ? null : queued.kwargsJson(),
                      running.get("kwargs") instanceof Map<?, ?> map ? Values.write(map) : null,
                      meta == null ? null : meta.kwargsJson());
              String queue =
                  firstOf(
                      queued == null ? null : queued.queue(),
                      Values.text(Values.map(running.get("delivery_info")).get("routing_key")),
                      meta == null ? null : meta.queue(),
                      task == null ? null : task.queue());
              return new Found(
                  name,
                  args != null ? args : fromRepr("args", task == null ? null : task.args()),
                  kwargs != null ? kwargs : fromRepr("kwargs", task == null ? null : task.kwargs()),
                  queue);
            });
  }

  private static String fromRepr(String what, @Nullable String repr) {
    if (repr == null) {
      throw new IllegalArgumentException("its " + what + " are not known: give them");
    }
    if (repr.isEmpty() || repr.contains("[redacted]")) {
      throw new IllegalArgumentException("its " + what + " are not known in full: give them");
    }
    try {
      Object value = PythonLiteral.read(repr);
      boolean right = what.equals("args") ? value instanceof List : value instanceof Map;
      if (right) {
        return Values.write(value);
      }
      throw new IllegalArgumentException("not " + what);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its " + what + " are not known in full (" + e.getMessage() + "): give them", e);
    }
  }

  private Future<@Nullable Task> lookup(String uuid) {
    OwnerAnnouncement owner = node.directory().ownerOf(source);
    if (owner == null) {
      return Future.succeededFuture(null);
    }
    return node.bus()
        .request(owner.node(), new TaskLookup(source, uuid), TaskDetail.class, TIMEOUT)
        .map(TaskDetail::task)
        .recover(e -> Future.succeededFuture(null));
  }

  private Future<Map<String, QueuedTask>> queued(Set<String> uuids) {
    Map<String, QueuedTask> found = new HashMap<>();
    Future<Void> taken =
        queues
            .taken(MAX_MESSAGES)
            .map(
                tasks -> {
                  keep(tasks, uuids, found);
                  return null;
                });
    return taken
        .compose(v -> queues.discover())
        .compose(names -> peekAll(List.copyOf(names), 0, uuids, found))
        .map(found);
  }

  private Future<Void> peekAll(
      List<String> names, int index, Set<String> uuids, Map<String, QueuedTask> found) {
    if (index >= names.size() || found.size() == uuids.size()) {
      return Future.succeededFuture();
    }
    return queues
        .peek(names.get(index), MAX_MESSAGES)
        .compose(
            tasks -> {
              keep(tasks, uuids, found);
              return peekAll(names, index + 1, uuids, found);
            });
  }

  private static void keep(
      List<QueuedTask> tasks, Set<String> uuids, Map<String, QueuedTask> found) {
    for (QueuedTask task : tasks) {
      if (uuids.contains(task.uuid())) {
        found.put(task.uuid(), task);
      }
    }
  }

  /** What workers say of tasks they have: {@code {node: {id: [place, info]}}}. */
  private Future<Running> running(List<String> uuids) {
    List<String> alive = workers.alive(node.clock().millis());
    if (alive.isEmpty()) {
      return Future.succeededFuture(new Running(Map.of(), true));
    }
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("ids", uuids);
    return control
        .request(
            ControlRequest.toAll("query_task", arguments),
            replies -> replies.size() >= alive.size(),
            TIMEOUT)
        .map(
            replies -> {
              Map<String, Map<String, @Nullable Object>> found = new HashMap<>();
              for (ControlReply reply : replies) {
                Values.map(reply.value())
                    .forEach(
                        (uuid, placeAndInfo) -> {
                          List<@Nullable Object> pair = Values.list(placeAndInfo);
                          if (pair.size() == 2) {
                            found.put(uuid, Values.map(pair.get(1)));
                          }
                        });
              }
              boolean complete =
                  replies.stream().map(ControlReply::hostname).toList().containsAll(alive);
              return new Running(found, complete);
            });
  }

  private static @Nullable String firstOf(@Nullable String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null) {
        return candidate;
      }
    }
    return null;
  }
}
