package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.CeleryEvent.TaskMeta;
import io.apfa.realtime.protocol.CeleryEvent.TaskMeta.Origin;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import org.jspecify.annotations.Nullable;

/**
 * How what a result backend, a queue message, an inspection or the reconciler says changes a task.
 * Only a ready status of the result backend overwrites a state, and never a stronger end that a
 * worker reported; everything else fills in what is unknown, or raises or clears a suspicion.
 *
 * <p>Confined to its verticle's context.
 */
final class MetaRules {
  private final Dictionary dictionary;

  MetaRules(Dictionary dictionary) {
    this.dictionary = dictionary;
  }

  /**
   * The task after {@code meta}.
   *
   * @param current null when nothing is known of it
   * @return {@code current} itself when nothing changes; null when there is no task to make
   */
  @Nullable Task merge(@Nullable Task current, TaskMeta meta) {
    if (current == null) {
      return meta.status() == null && meta.name() == null ? null : create(meta);
    }
    Task.Builder next = current.toBuilder();
    fill(next, current, meta);
    boolean ended = TaskStates.isTerminal(current.state());
    if (overwrites(current, meta)) {
      moveTo(next, current, meta, String.valueOf(meta.status()));
    } else if (!ended) {
      doubt(next, current, meta);
    }
    if (meta.progress() != null && !ended) {
      next.progress(meta.progress());
    }
    Task merged = next.build();
    return merged.equals(current) ? current : merged;
  }

  private Task create(TaskMeta meta) {
    Task nothing = Task.builder(meta.uuid()).build();
    Task.Builder next = nothing.toBuilder();
    fill(next, nothing, meta);
    String status = meta.status();
    if (status != null) {
      moveTo(next, nothing, meta, status);
    }
    next.timestampMillis(meta.timestampMillis());
    next.progress(meta.progress());
    String suspect = meta.suspect();
    if (suspect != null) {
      next.suspect(new Task.Suspect(suspect, meta.timestampMillis()));
    }
    return next.build();
  }

  private static boolean overwrites(Task current, TaskMeta meta) {
    String status = meta.status();
    if (meta.origin() != Origin.RESULT_BACKEND || status == null || !TaskStates.isReady(status)) {
      return false;
    }
    if (meta.retries() >= 0 && current.retries() > meta.retries()) {
      return false;
    }
    return !TaskStates.isTerminal(current.state())
        || MergeRules.rankOf(status) > MergeRules.rankOf(current.state());
  }

  private void moveTo(Task.Builder next, Task current, TaskMeta meta, String status) {
    next.state(dictionary.sharedText(status));
    next.suspect(null);
    long millis = meta.timestampMillis();
    if (!Times.isKnown(millis)) {
      return;
    }
    next.timestampMillis(millis);
    if (status.equals(TaskStates.SUCCESS) && !Times.isKnown(current.succeededMillis())) {
      next.succeededMillis(millis);
    } else if (status.equals(TaskStates.FAILURE) && !Times.isKnown(current.failedMillis())) {
      next.failedMillis(millis);
    } else if (status.equals(TaskStates.REVOKED) && !Times.isKnown(current.revokedMillis())) {
      next.revokedMillis(millis);
    }
  }

  private static void doubt(Task.Builder next, Task current, TaskMeta meta) {
    String reason = meta.suspect();
    Task.Suspect known = current.suspect();
    if (reason != null) {
      if (known == null || !known.reason().equals(reason)) {
        next.suspect(new Task.Suspect(reason, meta.timestampMillis()));
      }
    } else if (meta.status() != null
        && (meta.origin() == Origin.INSPECT || meta.origin() == Origin.QUEUE_MESSAGE)) {
      next.suspect(null);
    }
  }

  private void fill(Task.Builder next, Task current, TaskMeta meta) {
    next.name(known(current.name(), dictionary.shared(meta.name())));
    next.args(known(current.args(), dictionary.sharedIfShort(meta.args())));
    next.kwargs(known(current.kwargs(), dictionary.sharedIfShort(meta.kwargs())));
    next.worker(known(current.worker(), dictionary.shared(meta.worker())));
    next.queue(known(current.queue(), dictionary.shared(meta.queue())));
    next.rootId(known(current.rootId(), meta.rootId()));
    if (!current.uuid().equals(meta.parentId())) {
      next.parentId(known(current.parentId(), meta.parentId()));
    }
    next.groupId(known(current.groupId(), meta.groupId()));
    next.result(known(current.result(), dictionary.sharedIfShort(meta.result())));
    next.exception(known(current.exception(), meta.exception()));
    next.traceback(known(current.traceback(), meta.traceback()));
    if (current.retries() < 0 && meta.retries() >= 0) {
      next.retries(meta.retries());
    }
    if (!Times.isKnown(current.etaMillis()) && Times.isKnown(meta.etaMillis())) {
      next.etaMillis(meta.etaMillis());
    }
  }

  private static @Nullable String known(@Nullable String known, @Nullable String told) {
    return known != null ? known : told;
  }
}
