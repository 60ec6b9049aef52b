package io.apfa.realtime.e2e;

import io.apfa.realtime.e2e.CorpusComparison.Difference;
import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where we differ from {@code celery.events.state.State} on purpose. Each difference is allowed
 * only where the task's own events give the reason. Immutable.
 */
enum DeliberateDifference {
  /**
   * State leaves an end for a late event: a retried told by the worker that had the attempt before.
   * We keep the end, after which the task was neither sent nor received again.
   */
  AN_END_IS_KEPT {
    @Override
    boolean explains(Difference d, Case task) {
      long begunMillis =
          task.history().stream()
              .filter(e -> Set.of("task-sent", "task-received").contains(e.type()))
              .mapToLong(TaskEvent::timestampMillis)
              .max()
              .orElse(-1);
      return d.field().equals("state")
          && READY.contains(String.valueOf(d.ours()))
          && !task.isCustom(d.celery())
          && task.history().stream()
              .anyMatch(e -> stateOf(e).equals(d.ours()) && e.timestampMillis() >= begunMillis);
    }
  },
  /** State ranks a custom state above REVOKED and REJECTED: PROGRESS for ever. */
  A_CUSTOM_STATE_DOES_NOT_HIDE_AN_END {
    @Override
    boolean explains(Difference d, Case task) {
      return d.field().equals("state")
          && Set.of("REVOKED", "REJECTED").contains(String.valueOf(d.ours()))
          && task.isCustom(d.celery())
          && task.history().stream().anyMatch(e -> stateOf(e).equals(d.ours()));
    }
  },
  /** State ranks REJECTED below STARTED and RECEIVED: running for ever. */
  A_REJECTED_TASK_DOES_NOT_RUN {
    @Override
    boolean explains(Difference d, Case task) {
      return d.field().equals("state")
          && "REJECTED".equals(d.ours())
          && Set.of("STARTED", "RECEIVED").contains(String.valueOf(d.celery()))
          && stateOf(task.lastByTime()).equals("REJECTED");
    }
  },
  /** {@code send_event('task-')} makes the empty state of it. */
  AN_EVENT_WITHOUT_A_NAME_IS_NO_STATE {
    @Override
    boolean explains(Difference d, Case task) {
      return (d.field().equals("state") && "".equals(d.celery()))
          || (d.field().equals("timestamp") && "".equals(task.celery().getString("state")));
    }
  },
  /** State takes the time of any late event; ours is when the shown state began. */
  THE_TIME_IS_THAT_OF_THE_STATE {
    @Override
    boolean explains(Difference d, Case task) {
      String shown = task.ours().getString("state");
      return d.field().equals("timestamp")
          && task.history().stream()
              .anyMatch(
                  e -> stateOf(e).equals(shown) && Objects.equals(e.timestampMillis(), d.ours()));
    }
  },
  /** State lets a late event of an earlier attempt say when, where and how often. */
  AN_EARLIER_ATTEMPT_DOES_NOT_OVERWRITE {
    @Override
    boolean explains(Difference d, Case task) {
      int last = task.history().stream().mapToInt(TaskEvent::retries).max().orElse(-1);
      return switch (d.field()) {
        case "retries" -> Double.valueOf(last).equals(d.ours());
        case "sent", "received" ->
            task.history().stream()
                .anyMatch(
                    e ->
                        e.retries() == last
                            && e.type().equals("task-" + d.field())
                            && Objects.equals(e.timestampMillis(), d.ours()));
        case "worker" ->
            last > 0
                && task.history().stream()
                    .anyMatch(
                        e ->
                            stateOf(e).equals(task.ours().getString("state"))
                                && e.hostname().equals(d.ours()));
        default -> false;
      };
    }
  },
  /** A retried task's parent_id is its own uuid on the wire: a cycle of one. */
  A_TASK_IS_NOT_ITS_OWN_PARENT {
    @Override
    boolean explains(Difference d, Case task) {
      if (d.field().equals("children") && d.celery() instanceof List<?> celery) {
        List<Object> others = new ArrayList<>(celery);
        return others.remove(d.uuid()) && others.equals(d.ours());
      }
      return d.field().equals("parent_id") && d.uuid().equals(d.celery());
    }
  },
  /** No encoding to the browser carries NaN as a number. */
  A_RUNTIME_THAT_IS_NO_NUMBER_IS_ABSENT {
    @Override
    boolean explains(Difference d, Case task) {
      return d.field().equals("runtime") && "NaN".equals(d.celery()) && d.ours() == null;
    }
  },
  /** Texts are bounded: 16 Ki units, tracebacks 64 Ki. */
  A_LONG_TEXT_IS_CUT {
    @Override
    boolean explains(Difference d, Case task) {
      int bound = d.field().equals("traceback") ? 64 * 1024 : 16 * 1024;
      return d.celery() instanceof String celery
          && celery.length() > bound
          && (celery.substring(0, bound - 1) + "…").equals(d.ours());
    }
  },
  /** An event whose clock is null makes Celery's Receiver raise, and is lost to it. */
  A_NULL_CLOCK_COSTS_NOTHING {
    @Override
    boolean explains(Difference d, Case task) {
      return task.history().stream().anyMatch(e -> e.clock() < 0)
          && "SUCCESS".equals(task.ours().getString("state"));
    }
  };

  private static final Set<String> READY = Set.of("SUCCESS", "FAILURE", "REVOKED");
  private static final Map<String, String> STATES =
      Map.of(
          "task-sent", "PENDING",
          "task-received", "RECEIVED",
          "task-started", "STARTED",
          "task-failed", "FAILURE",
          "task-retried", "RETRY",
          "task-succeeded", "SUCCESS",
          "task-revoked", "REVOKED",
          "task-rejected", "REJECTED");

  /** A task as Celery's State has it, as we show it, and its events in the order heard. */
  record Case(JsonObject celery, JsonObject ours, List<TaskEvent> history) {
    TaskEvent lastByTime() {
      return history.stream()
          .max(Comparator.comparingLong(TaskEvent::timestampMillis))
          .orElseThrow();
    }

    boolean isCustom(@Nullable Object state) {
      return !String.valueOf(state).equals("RETRY") && !STATES.containsValue(String.valueOf(state));
    }
  }

  /** Whether this is why {@code d} is as it is. */
  abstract boolean explains(Difference d, Case task);

  /** The reason for {@code d}; null when there is none. */
  static @Nullable DeliberateDifference of(Difference d, Case task) {
    for (DeliberateDifference each : values()) {
      if (each.explains(d, task)) {
        return each;
      }
    }
    return null;
  }

  private static String stateOf(TaskEvent event) {
    String custom = event.type().substring("task-".length()).toUpperCase(Locale.ROOT);
    return STATES.getOrDefault(event.type(), custom);
  }
}
