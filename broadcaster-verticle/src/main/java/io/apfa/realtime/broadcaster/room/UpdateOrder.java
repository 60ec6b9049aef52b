package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import java.util.Comparator;

/**
 * The order of updates, the same on every owner: by offset, and tasks that a new epoch took over
 * (offset 0) before all others, by their time and uuid.
 *
 * <p>Immutable.
 */
final class UpdateOrder {
  /** Newest update first. */
  static final Comparator<Task> NEWEST_FIRST =
      Comparator.comparingLong(UpdateOrder::keyOf)
          .reversed()
          .thenComparing(Task::uuid, Comparator.reverseOrder());

  private static final long BEFORE_ALL_OFFSETS = 1L << 60;

  private UpdateOrder() {}

  /** Larger for newer updates. */
  static long keyOf(Task task) {
    return task.offset() > 0 ? task.offset() : task.timestampMillis() - BEFORE_ALL_OFFSETS;
  }
}
