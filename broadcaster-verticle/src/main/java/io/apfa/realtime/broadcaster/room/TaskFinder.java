package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Answers task queries from the table's lists. A page costs its own rows when at most one field
 * filters, and the shortest list of the named fields otherwise. A later page goes on at the row
 * where the one before ended; only when that row was updated since is its place looked for.
 *
 * <p>A cursor names the first page's position and the last row shown; rows updated since then are
 * above it, and whoever pages hears of them from the stream.
 *
 * <p>Confined to its verticle's context.
 */
final class TaskFinder {
  private final TaskTable table;

  TaskFinder(TaskTable table) {
    this.table = table;
  }

  /** Where a page starts: below {@code key} and {@code uuid}; the position is the first page's. */
  private record Cursor(StreamPosition position, long key, String uuid) {
    static Cursor parse(String text) {
      String[] parts = text.split("~", 4);
      try {
        if (parts.length == 4) {
          StreamPosition position = new StreamPosition(parts[0], Long.parseLong(parts[1]));
          return new Cursor(position, Long.parseLong(parts[2]), parts[3]);
        }
      } catch (NumberFormatException e) {
        // reported below, with every other wrong form
      }
      throw new IllegalArgumentException(
          "cursor: " + Texts.quote(text, 64) + " (expected: the next of a page before)");
    }

    String text() {
      return position.epoch() + "~" + position.offset() + "~" + key + "~" + uuid;
    }

    /** Whether {@code task} comes after this place in {@code order}. */
    boolean isBefore(Task task, TaskQuery.Order order) {
      long other = UpdateOrder.keyOf(task);
      int compared = other == key ? task.uuid().compareTo(uuid) : Long.compare(other, key);
      return order == TaskQuery.Order.NEWEST_FIRST ? compared < 0 : compared > 0;
    }
  }

  /**
   * The page of {@code query} as of {@code position}, without its {@code q}.
   *
   * @throws IllegalArgumentException for a cursor that is none, or of another epoch
   */
  TaskPage find(TaskQuery query, StreamPosition position) {
    Cursor cursor = cursorOf(query, position);
    RowList list = shortestList(query);
    List<Task> found = new ArrayList<>();
    long matching = 0;
    boolean more = false;
    boolean counted = filterCount(query) <= 1;
    Row behind = counted && cursor != null ? rowAt(cursor, query) : null;
    for (Row row : list.from(behind, query.order() == TaskQuery.Order.OLDEST_FIRST)) {
      Task task = row.logged();
      if (task == null || !matches(query, task)) {
        continue;
      }
      matching++;
      if (cursor == null || behind != null || cursor.isBefore(task, query.order())) {
        if (found.size() < query.limit()) {
          found.add(task);
        } else {
          more = true;
          if (counted) {
            break;
          }
        }
      }
    }
    long total = counted ? list.size() : matching;
    return page(cursor, position, total, found, more);
  }

  /** The row that {@code cursor} names, while it is where it was; it is in every list asked for. */
  private @Nullable Row rowAt(Cursor cursor, TaskQuery query) {
    Row row = table.row(cursor.uuid());
    Task task = row == null ? null : row.logged();
    boolean stays = task != null && UpdateOrder.keyOf(task) == cursor.key() && matches(query, task);
    return stays ? row : null;
  }

  /**
   * Every task that matches {@code query} but for its {@code q}, in its order: what {@link #search}
   * then reads, on any thread.
   */
  Task[] candidates(TaskQuery query) {
    RowList list = shortestList(query);
    List<Task> found = new ArrayList<>(list.size());
    for (Row row : list.from(null, query.order() == TaskQuery.Order.OLDEST_FIRST)) {
      Task task = row.logged();
      if (task != null && matches(query, task)) {
        found.add(task);
      }
    }
    return found.toArray(new Task[0]);
  }

  /** The page of {@code query}, with its {@code q}, over {@link #candidates}. */
  static TaskPage search(TaskQuery query, StreamPosition position, Task[] candidates) {
    Cursor cursor = cursorOf(query, position);
    String text = query.q() == null ? "" : query.q().toLowerCase(Locale.ROOT);
    List<Task> found = new ArrayList<>();
    long matching = 0;
    boolean more = false;
    for (Task task : candidates) {
      if (!mentions(task, text)) {
        continue;
      }
      matching++;
      if (cursor == null || cursor.isBefore(task, query.order())) {
        if (found.size() < query.limit()) {
          found.add(task);
        } else {
          more = true;
        }
      }
    }
    return page(cursor, position, matching, found, more);
  }

  private static @Nullable Cursor cursorOf(TaskQuery query, StreamPosition position) {
    String text = query.cursor();
    if (text == null) {
      return null;
    }
    Cursor cursor = Cursor.parse(text);
    if (!cursor.position().epoch().equals(position.epoch())) {
      throw new IllegalArgumentException(
          "cursor: " + Texts.quote(text, 64) + " (expected: one of the present epoch)");
    }
    return cursor;
  }

  private static TaskPage page(
      @Nullable Cursor cursor, StreamPosition now, long total, List<Task> tasks, boolean more) {
    StreamPosition position = cursor == null ? now : cursor.position();
    String next = null;
    if (more) {
      Task last = tasks.get(tasks.size() - 1);
      next = new Cursor(position, UpdateOrder.keyOf(last), last.uuid()).text();
    }
    return new TaskPage(position, total, tasks, next);
  }

  private RowList shortestList(TaskQuery query) {
    RowList shortest = table.list(Axis.ALL, "");
    for (Axis axis : List.of(Axis.STATE, Axis.NAME, Axis.WORKER, Axis.QUEUE)) {
      String key = filterOf(query, axis);
      if (key != null) {
        RowList list = table.list(axis, key);
        shortest = list.size() < shortest.size() ? list : shortest;
      }
    }
    return shortest;
  }

  private static @Nullable String filterOf(TaskQuery query, Axis axis) {
    return switch (axis) {
      case STATE -> query.state();
      case NAME -> query.name();
      case WORKER -> query.worker();
      case QUEUE -> query.queue();
      case ALL, ROOT, GROUP, PARENT -> null;
    };
  }

  private static int filterCount(TaskQuery query) {
    return (query.state() == null ? 0 : 1)
        + (query.name() == null ? 0 : 1)
        + (query.worker() == null ? 0 : 1)
        + (query.queue() == null ? 0 : 1);
  }

  private static boolean matches(TaskQuery query, Task task) {
    return (query.state() == null || query.state().equals(task.state()))
        && (query.name() == null || query.name().equals(task.name()))
        && (query.worker() == null || query.worker().equals(task.worker()))
        && (query.queue() == null || query.queue().equals(task.queue()));
  }

  private static boolean mentions(Task task, String lowerCase) {
    return contains(task.uuid(), lowerCase)
        || contains(task.name(), lowerCase)
        || contains(task.args(), lowerCase)
        || contains(task.kwargs(), lowerCase)
        || contains(task.worker(), lowerCase);
  }

  private static boolean contains(@Nullable String text, String lowerCase) {
    if (text == null) {
      return false;
    }
    int length = lowerCase.length();
    for (int i = 0; i <= text.length() - length; i++) {
      if (text.regionMatches(true, i, lowerCase, 0, length)) {
        return true;
      }
    }
    return false;
  }
}
