package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.CommandOutcomes.Outcome;
import io.apfa.realtime.bridge.event.TaskMessage;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Submits tasks: triggered ones, and copies of known ones under new uuids. Confirmed is a task
 * whose first event from a worker came. Confined to its verticle's context.
 */
final class TaskSubmitter {
  private static final String DEFAULT_QUEUE = "celery";

  private final QueueClient queues;
  private final TaskFinder finder;
  private final EventWaiters waiters;
  private final WorkerBook workers;
  private final Clock clock;
  private final Duration deadline;
  private final String origin;
  private final List<Pattern> allowed = new ArrayList<>();
  private final Consumer<CeleryEvent> out;

  TaskSubmitter(
      QueueClient queues,
      TaskFinder finder,
      EventWaiters waiters,
      WorkerBook workers,
      Clock clock,
      Duration deadline,
      String origin,
      List<String> allow,
      Consumer<CeleryEvent> out) {
    this.queues = queues;
    this.finder = finder;
    this.waiters = waiters;
    this.workers = workers;
    this.clock = clock;
    this.deadline = deadline;
    this.origin = origin;
    this.out = out;
    for (String glob : allow) {
      allowed.add(Pattern.compile(Pattern.quote(glob).replace("*", "\\E.*\\Q")));
    }
  }

  /**
   * Checks a trigger and names its task.
   *
   * @throws IllegalArgumentException when it is not valid
   * @throws RefusedException when its task may not be triggered
   */
  String newId(Command.Trigger trigger) {
    checkAllowed(trigger.name());
    String uuid = UUID.randomUUID().toString();
    if (trigger.priority() < -1 || trigger.priority() > 9) {
      throw new IllegalArgumentException("priority: " + trigger.priority() + " (expected: 0 to 9)");
    }
    messageOf(trigger, uuid);
    return uuid;
  }

  /**
   * Checks a retry and names the copies, in the order of the tasks.
   *
   * @throws IllegalArgumentException when it is not valid
   */
  List<String> newIds(Command.Retry retry) {
    if (retry.argsJson() != null && !(Values.read(retry.argsJson()) instanceof List)) {
      throw new IllegalArgumentException("args (expected: a JSON list)");
    }
    if (retry.kwargsJson() != null && !(Values.read(retry.kwargsJson()) instanceof Map)) {
      throw new IllegalArgumentException("kwargs (expected: a JSON object)");
    }
    return retry.uuids().stream().map(uuid -> UUID.randomUUID().toString()).toList();
  }

  Future<Outcome> trigger(Command.Trigger trigger, CommandReply.Accepted accepted) {
    return submit(messageOf(trigger, idOf(accepted)));
  }

  /** One outcome for each task of {@code retry}. */
  List<Future<Outcome>> retry(Command.Retry retry, List<CommandReply.Accepted> accepted) {
    List<Future<Outcome>> outcomes = new ArrayList<>(accepted.size());
    Future<TaskFinder.Snapshot> snapshot = finder.snapshot(retry.uuids(), true);
    for (int i = 0; i < accepted.size(); i++) {
      String uuid = retry.uuids().get(i);
      String copy = idOf(accepted.get(i));
      outcomes.add(
          snapshot
              .compose(found -> finder.find(uuid, found, retry.argsJson(), retry.kwargsJson()))
              .compose(
                  found -> {
                    checkAllowed(found.name());
                    return submit(
                        new TaskMessage(
                            copy,
                            found.name(),
                            found.argsJson(),
                            found.kwargsJson(),
                            found.queue() == null ? DEFAULT_QUEUE : found.queue(),
                            0,
                            Times.UNKNOWN_MILLIS));
                  }));
    }
    return outcomes;
  }

  private Future<Outcome> submit(TaskMessage task) {
    Future<String> reached = waiters.taskReached(task.uuid());
    out.accept(task.sentEvent(origin, clock.millis()));
    return queues
        .submit(task, origin)
        .compose(v -> reached.timeout(deadline.toMillis(), TimeUnit.MILLISECONDS))
        .map(worker -> Outcome.confirmed("taken by " + worker))
        .recover(
            failure -> {
              waiters.forgetTask(task.uuid());
              if (!(failure instanceof TimeoutException)) {
                return Future.failedFuture(failure);
              }
              boolean anyAlive = !workers.alive(clock.millis()).isEmpty();
              return Future.succeededFuture(
                  Outcome.failed(
                      (anyAlive ? CommandOutcomes.NO_ANSWER : CommandOutcomes.NO_WORKER)
                          + ": it waits in queue "
                          + task.queue()));
            });
  }

  private TaskMessage messageOf(Command.Trigger trigger, String uuid) {
    long eta = trigger.etaMillis();
    if (trigger.countdownSeconds() >= 0) {
      eta = clock.millis() + Math.round(trigger.countdownSeconds() * 1000);
    }
    String queue = trigger.queue();
    return new TaskMessage(
        uuid,
        trigger.name(),
        trigger.argsJson(),
        trigger.kwargsJson(),
        queue == null ? DEFAULT_QUEUE : queue,
        Math.max(0, trigger.priority()),
        eta);
  }

  private void checkAllowed(String name) {
    if (allowed.stream().noneMatch(pattern -> pattern.matcher(name).matches())) {
      throw new RefusedException(
          ErrorCode.FORBIDDEN,
          "task " + Texts.quote(name, 128) + " (expected: one that trigger.allow names)");
    }
  }

  private static String idOf(CommandReply.Accepted accepted) {
    @Nullable String id = accepted.taskId();
    if (id == null) {
      throw new IllegalStateException("a submitted task without id");
    }
    return id;
  }
}
