package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds lost events by orders that cannot be: a worker sends {@code task-received}, {@code
 * task-started} and {@code task-succeeded} or {@code task-retried} of an attempt over one
 * connection, in this order (celery-wire.md section 5), so a later one proves that those before it
 * were sent; and an attempt's number grows by one.
 *
 * <p>What is no proof: a task whose beginning was not heard here (it began before this bridge
 * listened); a {@code task-sent}, which another process sends, unless it came after the worker was
 * heard with task events on; a failure, a revocation or a rejection without a start, which all
 * happen; custom events, which a child process sends; anything after a retry until the next attempt
 * is received, because the attempts may be of two workers.
 *
 * <p>Bounded: the task and the worker noted longest ago leave first, and prove nothing any more.
 * Confined to its verticle's context.
 */
public final class StepLedger {
  static final String RECEIVED = "task-received";
  static final String STARTED = "task-started";
  static final String RETRIED = "task-retried";

  private static final int MAX_TASKS = 20_000;
  private static final int MAX_WORKERS = 10_000;

  private final Map<String, Steps> tasks = bounded(MAX_TASKS);

  /** For each worker with task events on, the count of events when it was heard first. */
  private final Map<String, Long> workers = bounded(MAX_WORKERS);

  private long events;

  /** What was heard of a task's present attempt. Confined to its ledger. */
  private static final class Steps {
    final long firstEvent;
    long lastMillis;
    int retries = -1;
    boolean received;
    boolean started;
    boolean isProof = true;

    /** Whether the retry of the attempt before may still come, from another worker. */
    boolean owesRetried;

    Steps(long firstEvent) {
      this.firstEvent = firstEvent;
    }
  }

  /**
   * Events that were sent and not heard.
   *
   * @param types of the events, in their order
   * @param sinceMillis when the task was heard of before
   * @param untilMillis when the event came that proves it
   */
  public record Missing(
      String hostname, long pid, List<String> types, long sinceMillis, long untilMillis) {}

  private static <V> Map<String, V> bounded(int max) {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > max;
      }
    };
  }

  /**
   * Notes a task's event.
   *
   * @return what must have been lost; null when nothing, or nobody can say
   */
  public @Nullable Missing onTask(TaskEvent event) {
    events++;
    return switch (event.type()) {
      case "task-sent" -> {
        tasks.computeIfAbsent(event.uuid(), uuid -> new Steps(events)).lastMillis =
            event.receivedMillis();
        yield null;
      }
      case RECEIVED -> onReceived(event);
      case STARTED -> onStarted(event);
      case "task-succeeded" -> onEnded(event, tasks.remove(event.uuid()));
      case RETRIED -> onRetried(event);
      case "task-failed", "task-revoked", "task-rejected" -> {
        tasks.remove(event.uuid());
        yield null;
      }
      default -> null;
    };
  }

  private @Nullable Missing onReceived(TaskEvent event) {
    workers.putIfAbsent(event.hostname(), events);
    Steps steps = tasks.computeIfAbsent(event.uuid(), uuid -> new Steps(events));
    if (event.retries() >= 0 && event.retries() < steps.retries) {
      return null;
    }
    boolean jumps = steps.retries >= 0 && event.retries() > steps.retries + 1;
    Missing missing = jumps ? missing(event, steps, List.of(RETRIED)) : null;
    if (event.retries() > steps.retries) {
      steps.owesRetried = steps.retries >= 0 && steps.isProof;
      steps.started = false;
      steps.retries = event.retries();
    }
    steps.received = true;
    steps.isProof = true;
    steps.lastMillis = event.receivedMillis();
    return missing;
  }

  private @Nullable Missing onStarted(TaskEvent event) {
    Steps steps = tasks.get(event.uuid());
    Missing missing = null;
    if (steps != null) {
      missing = lacksReceived(event, steps) ? missing(event, steps, List.of(RECEIVED)) : null;
      steps.started = true;
      steps.received = true;
      steps.lastMillis = event.receivedMillis();
    }
    workers.putIfAbsent(event.hostname(), events);
    return missing;
  }

  private @Nullable Missing onRetried(TaskEvent event) {
    Steps steps = tasks.get(event.uuid());
    if (steps != null && steps.owesRetried) {
      steps.owesRetried = false;
      return null;
    }
    Missing missing = onEnded(event, steps);
    if (steps != null) {
      steps.isProof = false;
      steps.lastMillis = event.receivedMillis();
    }
    return missing;
  }

  private @Nullable Missing onEnded(TaskEvent event, @Nullable Steps steps) {
    Missing missing = null;
    if (steps != null && steps.isProof && !steps.started) {
      if (lacksReceived(event, steps)) {
        missing = missing(event, steps, List.of(RECEIVED, STARTED));
      } else if (steps.received) {
        missing = missing(event, steps, List.of(STARTED));
      }
    }
    workers.putIfAbsent(event.hostname(), events);
    return missing;
  }

  /** Whether the task was sent when its worker's task events were on, and not heard received. */
  private boolean lacksReceived(TaskEvent event, Steps steps) {
    Long workerHeard = workers.get(event.hostname());
    return steps.isProof
        && !steps.received
        && workerHeard != null
        && workerHeard < steps.firstEvent;
  }

  private static Missing missing(TaskEvent event, Steps steps, List<String> types) {
    return new Missing(
        event.hostname(), event.pid(), types, steps.lastMillis, event.receivedMillis());
  }

  /** Begins anew: there was a time in which nothing was heard. */
  public void forget() {
    tasks.clear();
    workers.clear();
  }
}
