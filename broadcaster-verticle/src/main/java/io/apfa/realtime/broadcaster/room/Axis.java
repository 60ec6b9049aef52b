package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import org.jspecify.annotations.Nullable;

/** What rows are listed by; each row is in at most one list of every axis. Immutable. */
enum Axis {
  ALL,
  STATE,
  NAME,
  WORKER,
  QUEUE,
  /** By root, without the root itself: it is found by its uuid. */
  ROOT,
  GROUP,
  PARENT;

  /** Whether a list of this axis has the newest update first, or any order. */
  boolean isOrdered() {
    return compareTo(ROOT) < 0;
  }

  /** The list {@code task} belongs in; null for none. */
  @Nullable String keyOf(Task task) {
    return switch (this) {
      case ALL -> "";
      case STATE -> task.state();
      case NAME -> task.name();
      case WORKER -> task.worker();
      case QUEUE -> task.queue();
      case ROOT -> task.uuid().equals(task.rootId()) ? null : task.rootId();
      case GROUP -> task.groupId();
      case PARENT -> task.parentId();
    };
  }
}
