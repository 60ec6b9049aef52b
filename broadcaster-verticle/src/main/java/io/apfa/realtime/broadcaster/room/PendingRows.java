package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Update;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be logged: the rows of tasks that changed, each once and in the order of its first
 * change, and the updates that are never conflated.
 *
 * <p>Confined to its verticle's context.
 */
final class PendingRows {
  private final Deque<Object> items = new ArrayDeque<>();
  private long conflated;

  /**
   * One thing to log.
   *
   * @param row a task's row, or null
   * @param update another update, or null
   * @param replaced whether an earlier change of the task is left out
   */
  record Item(@Nullable Row row, @Nullable Update update, boolean replaced) {}

  int size() {
    return items.size();
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  /** Earlier changes left out so far. */
  long conflated() {
    return conflated;
  }

  void touch(Row row) {
    if (row.enqueue()) {
      items.add(row);
    } else {
      conflated++;
    }
  }

  void add(Update update) {
    items.add(update);
  }

  /** Takes the oldest {@code max} of them. */
  List<Item> take(int max) {
    List<Item> taken = new ArrayList<>(Math.min(max, items.size()));
    while (taken.size() < max && !items.isEmpty()) {
      Object item = items.remove();
      if (item instanceof Row row) {
        taken.add(new Item(row, null, row.dequeue()));
      } else {
        taken.add(new Item(null, (Update) item, false));
      }
    }
    return taken;
  }

  /** The updates that are never conflated, in their order. */
  List<Update> updates() {
    List<Update> updates = new ArrayList<>();
    for (Object item : items) {
      if (item instanceof Update update) {
        updates.add(update);
      }
    }
    return updates;
  }
}
