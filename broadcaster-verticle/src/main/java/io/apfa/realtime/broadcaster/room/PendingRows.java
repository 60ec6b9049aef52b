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

  /**
   * Takes the oldest {@code max} of them. When more wait, rows go first and the updates that are
   * never conflated wait for the last of the appends, which moves the feed position too: were the
   * owner to die before it, a bridge sends their events again, and only a row merges twice without
   * being logged twice.
   */
  List<Item> take(int max) {
    boolean all = items.size() <= max;
    List<Item> taken = new ArrayList<>(Math.min(max, items.size()));
    List<Object> left = new ArrayList<>();
    while (taken.size() < max && !items.isEmpty()) {
      Object item = items.remove();
      if (item instanceof Row row) {
        taken.add(new Item(row, null, row.dequeue()));
      } else if (all) {
        taken.add(new Item(null, (Update) item, false));
      } else {
        left.add(item);
      }
    }
    for (int i = left.size() - 1; i >= 0; i--) {
      items.addFirst(left.get(i));
    }
    return taken.isEmpty() ? takeUpdates(max) : taken;
  }

  /** More updates than fit into one append, and no row. */
  private List<Item> takeUpdates(int max) {
    List<Item> taken = new ArrayList<>(Math.min(max, items.size()));
    while (taken.size() < max && !items.isEmpty()) {
      taken.add(new Item(null, (Update) items.remove(), false));
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
