package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.CommandOutcomes.Outcome;
import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Carries commands out: those to workers itself, those that submit tasks or change queues by its
 * collaborators. Confined to its verticle's context.
 */
final class CommandRunner {
  private static final Duration PING_TIME = Duration.ofSeconds(1);

  private final ControlClient control;
  private final WorkerBook workers;
  private final EventWaiters waiters;
  private final TaskSubmitter submitter;
  private final QueueKeeper queues;
  private final RevokeKeeper revokes;
  private final Clock clock;
  private final Duration deadline;

  CommandRunner(
      ControlClient control,
      WorkerBook workers,
      EventWaiters waiters,
      TaskSubmitter submitter,
      QueueKeeper queues,
      RevokeKeeper revokes,
      Clock clock,
      Duration deadline) {
    this.control = control;
    this.workers = workers;
    this.waiters = waiters;
    this.submitter = submitter;
    this.queues = queues;
    this.revokes = revokes;
    this.clock = clock;
    this.deadline = deadline;
  }

  /**
   * Checks a command and names what each part of it acts on, or makes: one element a command.
   *
   * @throws IllegalArgumentException when it is not valid
   * @throws RefusedException when it is not allowed
   */
  List<@Nullable String> taskIds(Command command) {
    List<@Nullable String> ids = new ArrayList<>();
    switch (command.kind()) {
      case REVOKE -> ids.addAll(checked(((Command.Revoke) command).uuids()));
      case RETRY -> {
        Command.Retry retry = (Command.Retry) command;
        checked(retry.uuids());
        ids.addAll(submitter.newIds(retry));
      }
      case TRIGGER -> ids.add(submitter.newId((Command.Trigger) command));
      default -> ids.add(null);
    }
    return ids;
  }

  private static List<String> checked(List<String> uuids) {
    if (uuids.isEmpty() || uuids.size() > Command.MAX_UUIDS) {
      throw new IllegalArgumentException(
          "uuids: " + uuids.size() + " (expected: 1 to " + Command.MAX_UUIDS + ")");
    }
    return uuids;
  }

  /** Carries {@code command} out: one outcome for each part, or one for all. */
  List<Future<Outcome>> run(Command command, List<CommandReply.Accepted> accepted) {
    return switch (command.kind()) {
      case REVOKE -> List.of(revoke((Command.Revoke) command));
      case RETRY -> submitter.retry((Command.Retry) command, accepted);
      case TRIGGER -> List.of(submitter.trigger((Command.Trigger) command, accepted.get(0)));
      case PAUSE -> List.of(queues.pause(((Command.Queue) command).queue()));
      case RESUME -> List.of(queues.resume(((Command.Queue) command).queue()));
      case PURGE -> List.of(queues.purge(((Command.Queue) command).queue()));
      case POOL -> List.of(pool((Command.Pool) command));
      case AUTOSCALE -> {
        Command.Autoscale autoscale = (Command.Autoscale) command;
        yield List.of(
            ask(
                autoscale.hostname(),
                "autoscale",
                Map.of("max", autoscale.max(), "min", autoscale.min())));
      }
      case RATE_LIMIT -> {
        Command.RateLimit limit = (Command.RateLimit) command;
        yield List.of(
            ask(
                limit.hostname(),
                "rate_limit",
                Map.of("task_name", limit.name(), "rate_limit", limit.rate())));
      }
      case TIME_LIMIT -> List.of(timeLimit((Command.TimeLimit) command));
      case ENABLE_EVENTS ->
          List.of(ask(((Command.EnableEvents) command).hostname(), "enable_events", Map.of()));
      case SHUTDOWN -> List.of(shutdown(((Command.Shutdown) command).hostname()));
      case PING -> List.of(ping());
    };
  }

  private Future<Outcome> revoke(Command.Revoke revoke) {
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
    arguments.put("task_id", revoke.uuids());
    arguments.put("terminate", revoke.terminate());
    arguments.put("signal", revoke.signal());
    revokes.keep(revoke);
    List<String> alive = workers.alive(clock.millis());
    // any worker's word confirms; with terminate, the word of the one that runs the task is better
    Predicate<List<ControlReply>> isLast =
        revoke.terminate()
            ? replies -> hasTerminated(replies) || hasAll(replies, alive)
            : replies -> !replies.isEmpty();
    return control
        .request(
            ControlRequest.toAll("revoke", arguments),
            isLast,
            revoke.terminate() && !alive.isEmpty() ? min(PING_TIME, deadline) : deadline)
        .map(
            replies ->
                revoke.terminate()
                    ? CommandOutcomes.ofTerminate(replies, !alive.isEmpty())
                    : CommandOutcomes.of(replies, !alive.isEmpty()));
  }

  private static boolean hasTerminated(List<ControlReply> replies) {
    return replies.stream().anyMatch(CommandOutcomes::isTerminated);
  }

  private Future<Outcome> pool(Command.Pool pool) {
    if (pool.delta() == 0) {
      return Future.succeededFuture(Outcome.confirmed("nothing to change"));
    }
    return ask(
        pool.hostname(),
        pool.delta() > 0 ? "pool_grow" : "pool_shrink",
        Map.of("n", Math.abs(pool.delta())));
  }

  private Future<Outcome> timeLimit(Command.TimeLimit limit) {
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("task_name", limit.name());
    arguments.put("soft", Double.isNaN(limit.softSeconds()) ? null : limit.softSeconds());
    arguments.put("hard", Double.isNaN(limit.hardSeconds()) ? null : limit.hardSeconds());
    return ask(limit.hostname(), "time_limit", arguments);
  }

  private Future<Outcome> ask(
      String hostname, String method, Map<String, @Nullable Object> arguments) {
    if (hostname.isEmpty()) {
      throw new RefusedException(ErrorCode.BAD_REQUEST, "hostname: empty (expected: a node name)");
    }
    boolean known = workers.isAlive(hostname, clock.millis());
    return control
        .request(
            ControlRequest.to(hostname, method, arguments), replies -> !replies.isEmpty(), deadline)
        .map(replies -> CommandOutcomes.of(replies, known));
  }

  private Future<Outcome> shutdown(String hostname) {
    boolean known = workers.isAlive(hostname, clock.millis());
    Future<Outcome> offline =
        waiters
            .workerOffline(hostname)
            .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
            .map(Outcome::confirmed)
            .recover(
                failure -> {
                  waiters.forgetWorker(hostname);
                  return failure instanceof TimeoutException
                      ? Future.succeededFuture(CommandOutcomes.of(List.of(), known))
                      : Future.failedFuture(failure);
                });
    return control.cast(ControlRequest.to(hostname, "shutdown", Map.of())).compose(v -> offline);
  }

  private Future<Outcome> ping() {
    List<String> alive = workers.alive(clock.millis());
    return control
        .request(
            ControlRequest.toAll("ping", Map.of()),
            replies -> !alive.isEmpty() && hasAll(replies, alive),
            min(PING_TIME, deadline))
        .map(
            replies -> {
              replies.forEach(reply -> workers.onReply(reply.hostname(), clock.millis()));
              return replies.isEmpty()
                  ? CommandOutcomes.of(replies, !alive.isEmpty())
                  : Outcome.confirmed(
                      replies.size()
                          + " of "
                          + Math.max(replies.size(), alive.size())
                          + " workers answered");
            });
  }

  private static boolean hasAll(List<ControlReply> replies, List<String> hostnames) {
    return !hostnames.isEmpty()
        && replies.stream().map(ControlReply::hostname).toList().containsAll(hostnames);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
