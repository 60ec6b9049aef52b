package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task's place in the table: the task as it was logged last, which is what queries see, and what
 * was merged since, which the next flush logs. Between two flushes events change one object in
 * place: a task with many events costs little more than one with one. A row is a link of the lists
 * it is in, so moving it costs the same in any table.
 *
 * <p>Confined to its verticle's context.
 */
final class Row {
  static final int MAX_TIMELINE = 24;
  private static final TimelineEntry[] NO_TIMELINE = {};

  /** Previous and next row of each {@link Axis}, at twice its ordinal and one above. */
  final @Nullable Row[] links = new @Nullable Row[2 * Axis.values().length];

  /** The task as of the last flush, which may still be in the air; null before the first. */
  private @Nullable Task flushed;

  /** The task with what was merged since; null when nothing was. */
  private Task.@Nullable Builder open;

  private @Nullable Task logged;
  private TimelineEntry[] timeline = NO_TIMELINE;
  private int storedBytes;
  private boolean queued;
  private boolean replaced;

  /** A row of a task that no flush has had yet. */
  Row(Task.Builder open) {
    this.open = open;
  }

  /** A row of a task that is in the log. */
  Row(Task logged) {
    this.flushed = logged;
  }

  String uuid() {
    return flushed != null ? flushed.uuid() : open().uuid();
  }

  /** The task's name, when it is known. */
  @Nullable String name() {
    Task.Builder current = open;
    Task last = flushed;
    return current != null ? current.name() : last == null ? null : last.name();
  }

  /** The task to merge into; the caller calls {@link #settle} when it changed nothing. */
  Task.Builder open() {
    Task.Builder current = open;
    if (current == null) {
      Task last = flushed;
      if (last == null) {
        throw new IllegalStateException("a row without a task");
      }
      current = last.toBuilder();
      open = current;
    }
    return current;
  }

  /** Nothing was changed since it was opened, unless a change waits. */
  void settle() {
    if (!queued && flushed != null) {
      open = null;
    }
  }

  /** The task with everything merged into it, as of now. */
  Task working() {
    Task last = flushed;
    return open != null || last == null ? open().build() : last;
  }

  /** The task with everything merged into it, to be logged under {@code offset}. */
  Task flush(long offset) {
    Task taken = open().offset(offset).build();
    flushed = taken;
    open = null;
    return taken;
  }

  /** The task as of the log; null while it was never logged. */
  @Nullable Task logged() {
    return logged;
  }

  /** Whether anything of it is not logged yet. */
  @SuppressWarnings("ReferenceEquality") // one object when nothing is pending
  boolean isPending() {
    return open != null || flushed != logged;
  }

  /** Replaces what was merged. */
  void setWorking(Task task) {
    open = task.toBuilder();
  }

  /** Notes that {@code task}, of the last flush, is logged; what was merged since stays pending. */
  void setLogged(Task task) {
    logged = task;
  }

  /** Notes a change to log; false when one waits already, which the new one replaces. */
  boolean enqueue() {
    if (queued) {
      replaced = true;
      return false;
    }
    queued = true;
    return true;
  }

  /** Notes that its change is being logged, and tells whether it replaced an earlier one. */
  boolean dequeue() {
    boolean wasReplaced = replaced;
    queued = false;
    replaced = false;
    return wasReplaced;
  }

  /** Bytes of its entry in the store, as last written. */
  int storedBytes() {
    return storedBytes;
  }

  void setStoredBytes(int bytes) {
    storedBytes = bytes;
  }

  List<TimelineEntry> timeline() {
    return List.of(timeline);
  }

  void setTimeline(List<TimelineEntry> entries) {
    timeline = entries.toArray(NO_TIMELINE);
  }

  /** Adds the newest entry; at the bound the second oldest leaves, so the first event stays. */
  void addTimeline(TimelineEntry entry) {
    if (timeline.length < MAX_TIMELINE) {
      timeline = Arrays.copyOf(timeline, timeline.length + 1);
    } else {
      System.arraycopy(timeline, 2, timeline, 1, timeline.length - 2);
    }
    timeline[timeline.length - 1] = entry;
  }
}
