package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a task event changes a task: the rules of {@code celery.events.state}, by one table of ranks.
 * An event moves the task to its state when that state's rank is not below the present one's;
 * otherwise it is stale: it leaves the state and gives its fields.
 *
 * <p>Where we differ from Celery, on purpose:
 *
 * <ul>
 *   <li>A ready state is not left for the same {@code retries}: a late {@code retried} does not
 *       undo SUCCESS. Between ready states Celery's order holds (SUCCESS, FAILURE, REVOKED).
 *   <li>REVOKED and REJECTED are above custom states and STARTED: a task that reported progress and
 *       was revoked is REVOKED. REJECTED is left by a later {@code received} only: it was requeued.
 *   <li>An event of an earlier attempt (lower {@code retries}) changes no state, worker or retries;
 *       a {@code received} of a later attempt always moves.
 *   <li>RETRY is not left by a late event of the attempt that was retried, nor entered once the
 *       next attempt was received.
 *   <li>A task is not its own parent, and progress that comes after the end does not replace what
 *       is known.
 * </ul>
 *
 * <p>Confined to its verticle's context.
 */
public final class MergeRules {
  private static final int CUSTOM_RANK = 3;

  private static final String PREFIX = "task-";

  private final Dictionary dictionary;

  MergeRules(Dictionary dictionary) {
    this.dictionary = dictionary;
  }

  /** Rules with a dictionary of their own. */
  public MergeRules() {
    this(new Dictionary(10_000));
  }

  /** What an event does to a task's state. */
  enum Effect {
    /** It sets the state. */
    MOVES,
    /** It leaves the state and gives its fields. */
    STALE,
    /** It is of an earlier attempt: it only fills in what is not known. */
    OLD_ATTEMPT
  }

  /** The state an event of {@code type} speaks of; empty for none. */
  static String stateOf(String type) {
    return switch (type) {
      case "task-sent" -> TaskStates.PENDING;
      case "task-received" -> TaskStates.RECEIVED;
      case "task-started" -> TaskStates.STARTED;
      case "task-failed" -> TaskStates.FAILURE;
      case "task-retried" -> TaskStates.RETRY;
      case "task-succeeded" -> TaskStates.SUCCESS;
      case "task-revoked" -> TaskStates.REVOKED;
      case "task-rejected" -> TaskStates.REJECTED;
      default -> {
        String rest = type.startsWith(PREFIX) ? type.substring(PREFIX.length()) : type;
        yield rest.toUpperCase(Locale.ROOT);
      }
    };
  }

  /**
   * How strong a state is: stronger ones have larger ranks. RETRY counts as STARTED here, for its
   * moves are {@link #decide}'s.
   */
  static int rankOf(String state) {
    return switch (state) {
      case TaskStates.PENDING -> 0;
      case TaskStates.RECEIVED -> 1;
      case TaskStates.STARTED, TaskStates.RETRY -> 2;
      case TaskStates.REJECTED -> 4;
      case TaskStates.REVOKED -> 5;
      case TaskStates.FAILURE -> 6;
      case TaskStates.SUCCESS -> 7;
      default -> CUSTOM_RANK;
    };
  }

  /** What {@code event} does to a task in the state of {@code current}. */
  private static Effect decide(Task.Builder current, TaskEvent event, String next) {
    String state = current.state();
    boolean ended = TaskStates.isTerminal(state);
    if (event.retries() >= 0 && current.retries() >= 0) {
      if (event.retries() < current.retries()) {
        return Effect.OLD_ATTEMPT;
      }
      boolean later = !ended || event.timestampMillis() > current.timestampMillis();
      if (event.retries() > current.retries() && next.equals(TaskStates.RECEIVED) && later) {
        return Effect.MOVES;
      }
    }
    if (next.isEmpty()) {
      return Effect.STALE;
    }
    if (ended) {
      boolean requeued =
          state.equals(TaskStates.REJECTED)
              && next.equals(TaskStates.RECEIVED)
              && event.timestampMillis() > current.rejectedMillis();
      boolean stronger = TaskStates.isTerminal(next) && rankOf(next) >= rankOf(state);
      return requeued || stronger ? Effect.MOVES : Effect.STALE;
    }
    if (next.equals(TaskStates.RETRY)) {
      boolean overtaken = state.equals(TaskStates.RECEIVED) && current.retries() > 0;
      return overtaken ? Effect.STALE : Effect.MOVES;
    }
    if (state.equals(TaskStates.RETRY)) {
      boolean late = event.retries() >= 0 && event.retries() == current.retries();
      return late && rankOf(next) <= rankOf(TaskStates.RECEIVED) && !isDueAgain(current, event)
          ? Effect.STALE
          : Effect.MOVES;
    }
    return rankOf(next) >= rankOf(state) ? Effect.MOVES : Effect.STALE;
  }

  /** Whether a sent or received of known retries came after the retry it belongs to. */
  private static boolean isDueAgain(Task.Builder current, TaskEvent event) {
    return event.retries() > 0 && event.timestampMillis() > current.retriedMillis();
  }

  /**
   * The task after {@code event}.
   *
   * @param current null when nothing is known of it
   * @return {@code current} itself when the event changes nothing
   */
  public Task merge(@Nullable Task current, TaskEvent event) {
    if (current == null) {
      return begin(event).build();
    }
    Task.Builder task = current.toBuilder();
    return mergeInto(task, event) ? task.build() : current;
  }

  /** A task of which nothing was known before {@code event}. */
  Task.Builder begin(TaskEvent event) {
    Task.Builder task = Task.builder(event.uuid());
    String state = stateOf(event.type());
    apply(task, event, state, state.isEmpty() ? Effect.STALE : Effect.MOVES);
    task.takeChanged();
    return task;
  }

  /** Merges {@code event} into {@code task}, and tells whether that changed anything. */
  boolean mergeInto(Task.Builder task, TaskEvent event) {
    String next = stateOf(event.type());
    apply(task, event, next, decide(task, event, next));
    return task.takeChanged();
  }

  private void apply(Task.Builder task, TaskEvent event, String state, Effect effect) {
    boolean old = effect == Effect.OLD_ATTEMPT;
    boolean ended = TaskStates.isTerminal(task.state());
    setTime(task, event, old);
    fill(task, event, old);
    boolean overtaken = effect == Effect.STALE && state.equals(TaskStates.RETRY);
    if (!old && !overtaken && !event.type().equals("task-sent")) {
      task.worker(shared(task.worker(), event.hostname(), false));
    }
    if (effect == Effect.MOVES) {
      task.state(dictionary.sharedText(state));
      task.timestampMillis(event.timestampMillis());
      task.suspect(null);
    }
    if (event.progress() != null && (!ended || task.progress() == null)) {
      task.progress(event.progress());
    }
  }

  private static void setTime(Task.Builder task, TaskEvent event, boolean old) {
    long millis = event.timestampMillis();
    switch (event.type()) {
      case "task-sent" -> task.sentMillis(newer(task.sentMillis(), millis, old));
      case "task-received" -> task.receivedMillis(newer(task.receivedMillis(), millis, old));
      case "task-started" -> task.startedMillis(newer(task.startedMillis(), millis, old));
      case "task-succeeded" -> task.succeededMillis(newer(task.succeededMillis(), millis, old));
      case "task-failed" -> task.failedMillis(newer(task.failedMillis(), millis, old));
      case "task-retried" -> task.retriedMillis(newer(task.retriedMillis(), millis, old));
      case "task-revoked" -> task.revokedMillis(newer(task.revokedMillis(), millis, old));
      case "task-rejected" -> task.rejectedMillis(newer(task.rejectedMillis(), millis, old));
      default -> {
        // a custom event has no time of its own in a task
      }
    }
  }

  private static long newer(long known, long millis, boolean old) {
    return old && Times.isKnown(known) ? known : millis;
  }

  private void fill(Task.Builder task, TaskEvent event, boolean old) {
    task.name(shared(task.name(), event.name(), old));
    task.queue(shared(task.queue(), event.queue(), old));
    task.args(sharedIfShort(task.args(), event.args(), old));
    task.kwargs(sharedIfShort(task.kwargs(), event.kwargs(), old));
    task.rootId(pick(task.rootId(), own(event.rootId(), task.uuid()), old));
    if (!task.uuid().equals(event.parentId())) {
      task.parentId(pick(task.parentId(), event.parentId(), old));
    }
    task.result(sharedIfShort(task.result(), event.result(), old));
    task.exception(pick(task.exception(), event.exception(), old));
    task.traceback(pick(task.traceback(), event.traceback(), old));
    if (event.retries() >= 0 && !old) {
      task.retries(event.retries());
    }
    if (Times.isKnown(event.etaMillis()) && !old) {
      task.etaMillis(event.etaMillis());
    }
    if (Times.isKnown(event.expiresMillis()) && !old) {
      task.expiresMillis(event.expiresMillis());
    }
    if (!Double.isNaN(event.runtimeSeconds())) {
      task.runtimeSeconds(event.runtimeSeconds());
    }
  }

  private @Nullable String shared(@Nullable String known, @Nullable String told, boolean old) {
    return told == null || told.equals(known) ? known : pick(known, dictionary.shared(told), old);
  }

  private @Nullable String sharedIfShort(
      @Nullable String known, @Nullable String told, boolean old) {
    return told == null || told.equals(known)
        ? known
        : pick(known, dictionary.sharedIfShort(told), old);
  }

  /** The text to keep: the told one, but the known one's object when both say the same. */
  private static @Nullable String pick(
      @Nullable String known, @Nullable String told, boolean onlyIfUnknown) {
    if (told == null || (known != null && (onlyIfUnknown || known.equals(told)))) {
      return known;
    }
    return told;
  }

  private static @Nullable String own(@Nullable String id, String uuid) {
    return uuid.equals(id) ? uuid : id;
  }
}
