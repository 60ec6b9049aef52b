package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.CommandOutcomes.Outcome;
import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses, resumes and purges queues. Celery has no pause: every worker that consumes the queue is
 * told to stop, and who was told is kept in the state store, so that resuming tells just those, and
 * a worker that comes online and would consume it is told as well. Confined to its verticle's
 * context.
 */
final class QueueKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(QueueKeeper.class);
  private static final String KEY_PREFIX = "pause/";
  private static final String SEPARATOR = "\n";
  private static final Duration GATHER = Duration.ofSeconds(1);
  private static final int MAX_PAUSED = 1000;

  private final Node node;
  private final String source;
  private final ControlClient control;
  private final QueueClient queues;
  private final WorkerBook workers;
  private final Duration deadline;

  /** Paused queues, each with the workers that were told. */
  private final Map<String, Set<String>> paused = new TreeMap<>();

  QueueKeeper(
      Node node,
      String source,
      ControlClient control,
      QueueClient queues,
      WorkerBook workers,
      Duration deadline) {
    this.node = node;
    this.source = source;
    this.control = control;
    this.queues = queues;
    this.workers = workers;
    this.deadline = deadline;
  }

  /** Takes what the store kept, as alternating keys and values. */
  void load(List<String> values) {
    paused.clear();
    for (int i = 0; i + 1 < values.size(); i += 2) {
      if (values.get(i).startsWith(KEY_PREFIX)) {
        Set<String> told = new LinkedHashSet<>(List.of(values.get(i + 1).split(SEPARATOR, -1)));
        told.remove("");
        paused.put(values.get(i).substring(KEY_PREFIX.length()), told);
      }
    }
  }

  /** Names of the paused queues. */
  Set<String> pausedQueues() {
    return Set.copyOf(paused.keySet());
  }

  Future<Outcome> pause(String queue) {
    if (paused.size() >= MAX_PAUSED && !paused.containsKey(queue)) {
      return Future.succeededFuture(
          Outcome.failed(paused.size() + " queues are paused (expected: fewer)"));
    }
    Set<String> told = paused.computeIfAbsent(queue, q -> new LinkedHashSet<>());
    return store(queue, told)
        .compose(v -> consumers(queue, List.of()))
        .compose(
            consumers ->
                consumers.isEmpty()
                    ? Future.succeededFuture(
                        Outcome.confirmed("no worker consumes it now; kept for those that come"))
                    : cancel(queue, consumers));
  }

  Future<Outcome> resume(String queue) {
    Set<String> told = paused.remove(queue);
    Future<Void> stored = store(queue, null);
    if (told == null) {
      return stored.map(v -> Outcome.failed("the queue is not paused"));
    }
    List<String> alive =
        told.stream().filter(host -> workers.isAlive(host, node.clock().millis())).toList();
    if (alive.isEmpty()) {
      return stored.map(v -> Outcome.confirmed("no worker that was paused is alive"));
    }
    return stored
        .compose(
            v ->
                control.request(
                    new ControlRequest("add_consumer", Map.of("queue", queue), alive),
                    replies -> replies.size() >= alive.size(),
                    deadline))
        .map(replies -> CommandOutcomes.of(replies, true));
  }

  Future<Outcome> purge(String queue) {
    return queues.purge(queue).map(count -> Outcome.confirmed(count + " messages removed"));
  }

  /** Tells a worker that came which queues are paused. */
  void onWorkerCame(String hostname) {
    for (String queue : List.copyOf(paused.keySet())) {
      consumers(queue, List.of(hostname))
          .compose(
              consumers ->
                  consumers.isEmpty()
                      ? Future.succeededFuture()
                      : cancel(queue, consumers).<Void>mapEmpty())
          .onFailure(e -> LOG.warn("source {}: {} not paused: {}", source, hostname, e.toString()));
    }
  }

  private Future<Outcome> cancel(String queue, List<String> hostnames) {
    return control
        .request(
            new ControlRequest("cancel_consumer", Map.of("queue", queue), hostnames),
            replies -> replies.size() >= hostnames.size(),
            deadline)
        .compose(
            replies -> {
              Set<String> told = paused.get(queue);
              if (told == null) {
                return Future.succeededFuture(Outcome.failed("it was resumed meanwhile"));
              }
              replies.stream()
                  .filter(reply -> reply.error() == null)
                  .forEach(reply -> told.add(reply.hostname()));
              return store(queue, told).map(v -> CommandOutcomes.of(replies, true));
            });
  }

  /** Which workers consume {@code queue}, of {@code hostnames} or, when empty, of all. */
  private Future<List<String>> consumers(String queue, List<String> hostnames) {
    int expected =
        hostnames.isEmpty() ? workers.alive(node.clock().millis()).size() : hostnames.size();
    return control
        .request(
            new ControlRequest("active_queues", Map.of(), hostnames),
            replies -> expected > 0 && replies.size() >= expected,
            GATHER.compareTo(deadline) < 0 ? GATHER : deadline)
        .map(
            replies ->
                replies.stream()
                    .filter(reply -> consumes(reply, queue))
                    .map(ControlReply::hostname)
                    .toList());
  }

  private static boolean consumes(ControlReply reply, String queue) {
    for (Object each : Values.list(reply.value())) {
      if (queue.equals(Values.map(each).get("name"))) {
        return true;
      }
    }
    return false;
  }

  private Future<Void> store(String queue, @Nullable Set<String> told) {
    String value = told == null ? null : String.join(SEPARATOR, told);
    return node.store().putValue(source, KEY_PREFIX + queue, value);
  }
}
