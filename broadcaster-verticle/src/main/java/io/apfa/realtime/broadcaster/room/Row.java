package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task's place in the table: the task as it was logged last, which is what queries see, and the
 * task as merged since, which is what the next flush logs. Both are one object when nothing is
 * pending. A row is a link of the lists it is in, so moving it costs the same in any table.
 *
 * <p>Confined to its verticle's context.
 */
final class Row {
  static final int MAX_TIMELINE = 24;
  private static final TimelineEntry[] NO_TIMELINE = {};

  /** Previous and next row of each {@link Axis}, at twice its ordinal and one above. */
  final @Nullable Row[] links = new @Nullable Row[2 * Axis.values().length];

  private Task working;
  private @Nullable Task logged;
  private TimelineEntry[] timeline = NO_TIMELINE;
  private int storedBytes;
  private boolean queued;
  private boolean replaced;

  Row(Task working) {
    this.working = working;
  }

  String uuid() {
    return working.uuid();
  }

  /** The task with everything merged into it. */
  Task working() {
    return working;
  }

  /** The task as of the log; null while it was never logged. */
  @Nullable Task logged() {
    return logged;
  }

  @SuppressWarnings("ReferenceEquality") // one object when nothing is pending
  boolean isPending() {
    return working != logged;
  }

  void setWorking(Task task) {
    working = task;
  }

  /** Notes that {@code task} is logged; what was merged since {@code taken} stays pending. */
  @SuppressWarnings("ReferenceEquality") // merging makes a new object
  void setLogged(Task task, Task taken) {
    logged = task;
    if (working == taken) {
      working = task;
    }
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
