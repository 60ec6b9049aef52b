package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import java.util.Locale;
import java.util.Map;
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

  /** Stronger states have larger ranks; RETRY has none, its moves are {@link #decide}'s. */
  private static final Map<String, Integer> RANKS =
      Map.of(
          TaskStates.PENDING, 0,
          TaskStates.RECEIVED, 1,
          TaskStates.STARTED, 2,
          TaskStates.REJECTED, 4,
          TaskStates.REVOKED, 5,
          TaskStates.FAILURE, 6,
          TaskStates.SUCCESS, 7);

  private static final String PREFIX = "task-";
  private static final Map<String, String> STATES =
      Map.of(
          "task-sent", TaskStates.PENDING,
          "task-received", TaskStates.RECEIVED,
          "task-started", TaskStates.STARTED,
          "task-failed", TaskStates.FAILURE,
          "task-retried", TaskStates.RETRY,
          "task-succeeded", TaskStates.SUCCESS,
          "task-revoked", TaskStates.REVOKED,
          "task-rejected", TaskStates.REJECTED);

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
    String known = STATES.get(type);
    if (known != null) {
      return known;
    }
    String rest = type.startsWith(PREFIX) ? type.substring(PREFIX.length()) : type;
    return rest.toUpperCase(Locale.ROOT);
  }

  /** How strong a state is; RETRY counts as STARTED here. */
  static int rankOf(String state) {
    Integer rank = RANKS.get(state);
    return rank != null ? rank : state.equals(TaskStates.RETRY) ? 2 : CUSTOM_RANK;
  }

  /** What {@code event} does to a task in the state of {@code current}. */
  static Effect decide(Task current, TaskEvent event) {
    String state = current.state();
    String next = stateOf(event.type());
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
  private static boolean isDueAgain(Task current, TaskEvent event) {
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
      Task nothing = Task.builder(event.uuid()).build();
      String state = stateOf(event.type());
      return apply(nothing, event, state.isEmpty() ? Effect.STALE : Effect.MOVES);
    }
    Task merged = apply(current, event, decide(current, event));
    return merged.equals(current) ? current : merged;
  }

  private Task apply(Task current, TaskEvent event, Effect effect) {
    Task.Builder next = current.toBuilder();
    boolean old = effect == Effect.OLD_ATTEMPT;
    setTime(next, current, event, old);
    fill(next, current, event, old);
    boolean overtaken = effect == Effect.STALE && stateOf(event.type()).equals(TaskStates.RETRY);
    if (!old && !overtaken && !event.type().equals("task-sent")) {
      next.worker(dictionary.sharedText(event.hostname()));
    }
    if (effect == Effect.MOVES) {
      next.state(dictionary.sharedText(stateOf(event.type())));
      next.timestampMillis(event.timestampMillis());
      next.suspect(null);
    }
    boolean ended = TaskStates.isTerminal(current.state());
    if (event.progress() != null && (!ended || current.progress() == null)) {
      next.progress(event.progress());
    }
    return next.build();
  }

  private static void setTime(Task.Builder next, Task current, TaskEvent event, boolean old) {
    long millis = event.timestampMillis();
    switch (event.type()) {
      case "task-sent" -> next.sentMillis(newer(current.sentMillis(), millis, old));
      case "task-received" -> next.receivedMillis(newer(current.receivedMillis(), millis, old));
      case "task-started" -> next.startedMillis(newer(current.startedMillis(), millis, old));
      case "task-succeeded" -> next.succeededMillis(newer(current.succeededMillis(), millis, old));
      case "task-failed" -> next.failedMillis(newer(current.failedMillis(), millis, old));
      case "task-retried" -> next.retriedMillis(newer(current.retriedMillis(), millis, old));
      case "task-revoked" -> next.revokedMillis(newer(current.revokedMillis(), millis, old));
      case "task-rejected" -> next.rejectedMillis(newer(current.rejectedMillis(), millis, old));
      default -> {
        // a custom event has no time of its own in a task
      }
    }
  }

  private static long newer(long known, long millis, boolean old) {
    return old && Times.isKnown(known) ? known : millis;
  }

  private void fill(Task.Builder next, Task current, TaskEvent event, boolean old) {
    next.name(pick(current.name(), dictionary.shared(event.name()), old));
    next.queue(pick(current.queue(), dictionary.shared(event.queue()), old));
    next.args(pick(current.args(), dictionary.sharedIfShort(event.args()), old));
    next.kwargs(pick(current.kwargs(), dictionary.sharedIfShort(event.kwargs()), old));
    next.rootId(pick(current.rootId(), own(event.rootId(), current.uuid()), old));
    if (!current.uuid().equals(event.parentId())) {
      next.parentId(pick(current.parentId(), event.parentId(), old));
    }
    next.result(pick(current.result(), dictionary.sharedIfShort(event.result()), old));
    next.exception(pick(current.exception(), event.exception(), old));
    next.traceback(pick(current.traceback(), event.traceback(), old));
    if (event.retries() >= 0 && !old) {
      next.retries(event.retries());
    }
    if (Times.isKnown(event.etaMillis()) && !old) {
      next.etaMillis(event.etaMillis());
    }
    if (Times.isKnown(event.expiresMillis()) && !old) {
      next.expiresMillis(event.expiresMillis());
    }
    if (!Double.isNaN(event.runtimeSeconds())) {
      next.runtimeSeconds(event.runtimeSeconds());
    }
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
