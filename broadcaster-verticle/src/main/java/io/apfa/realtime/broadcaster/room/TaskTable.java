package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One source's tasks, bounded, with a list for each value of each {@link Axis}. The lists show what
 * is logged; what is merged and not logged yet is only in its row.
 *
 * <p>Bound: past {@code maxTasks} or {@code maxBytes} (of the store's entries) the least recently
 * updated ended tasks leave first, then the least recently updated of any state. Pending rows stay.
 *
 * <p>Confined to its verticle's context.
 */
final class TaskTable {
  private static final List<String> LEAVING_FIRST =
      List.of(TaskStates.SUCCESS, TaskStates.FAILURE, TaskStates.REVOKED, TaskStates.REJECTED);
  private static final Axis[] AXES = Axis.values();
  private static final int LATELY = 1024;

  private final int maxTasks;
  private final long maxBytes;
  private Map<String, Row> rows = new HashMap<>();
  private final Map<Axis, Map<String, RowList>> lists = new EnumMap<>(Axis.class);
  private long storedBytes;

  /** Rows asked for lately: the events of a task come close together, and a large map is cold. */
  private final @Nullable Row[] lately = new @Nullable Row[LATELY];

  TaskTable(int maxTasks, long maxBytes) {
    this.maxTasks = maxTasks;
    this.maxBytes = maxBytes;
    for (Axis axis : AXES) {
      lists.put(axis, new HashMap<>());
    }
  }

  int size() {
    return rows.size();
  }

  long storedBytes() {
    return storedBytes;
  }

  /** Makes room for {@code tasks}; before the first. */
  void expect(int tasks) {
    if (rows.isEmpty()) {
      rows = new HashMap<>(tasks * 4 / 3 + 1);
    }
  }

  @Nullable Row row(String uuid) {
    Row late = lately[place(uuid)];
    if (late != null && late.uuid().equals(uuid)) {
      return late;
    }
    Row row = rows.get(uuid);
    if (row != null) {
      lately[place(uuid)] = row;
    }
    return row;
  }

  private static int place(String uuid) {
    int hash = uuid.hashCode();
    return (hash ^ hash >>> 16) & (LATELY - 1);
  }

  Collection<Row> rows() {
    return rows.values();
  }

  /** The rows of one list, to be read. */
  RowList list(Axis axis, String key) {
    RowList found = axisLists(axis).get(key);
    return found == null ? new RowList(axis) : found;
  }

  /** The keys an axis has lists for. */
  Collection<String> keys(Axis axis) {
    return axisLists(axis).keySet();
  }

  /** Adds a row nobody sees until it is logged. */
  Row add(Task.Builder task) {
    return add(new Row(task));
  }

  /** Adds a row of a task that is in the log already, for {@link #showLogged}. */
  Row addLogged(Task task) {
    return add(new Row(task));
  }

  private Row add(Row row) {
    rows.put(row.uuid(), row);
    lately[place(row.uuid())] = row;
    return row;
  }

  /** Shows {@code logged}, which a flush took of {@code row}, from now on as the newest update. */
  void showLogged(Row row, Task logged, int entryBytes) {
    Task before = row.logged();
    for (Axis axis : AXES) {
      String from = before == null ? null : axis.keyOf(before);
      String to = axis.keyOf(logged);
      boolean stays = from != null && from.equals(to);
      if (stays && !axis.isOrdered()) {
        continue;
      }
      if (from != null) {
        unlink(axis, from, row);
      }
      if (to != null) {
        axisLists(axis).computeIfAbsent(to, key -> new RowList(axis)).addFirst(row);
      }
    }
    storedBytes += entryBytes - row.storedBytes();
    row.setStoredBytes(entryBytes);
    row.setLogged(logged);
  }

  /** Takes the rows over the bound out and returns them. */
  List<Row> evict() {
    List<Row> evicted = new ArrayList<>();
    while (rows.size() > maxTasks || storedBytes > maxBytes) {
      Row leaving = nextToLeave();
      if (leaving == null) {
        break;
      }
      remove(leaving);
      evicted.add(leaving);
    }
    return evicted;
  }

  private @Nullable Row nextToLeave() {
    Row oldest = null;
    for (String state : LEAVING_FIRST) {
      Row candidate = lastSettled(list(Axis.STATE, state));
      if (candidate != null && (oldest == null || isOlder(candidate, oldest))) {
        oldest = candidate;
      }
    }
    return oldest != null ? oldest : lastSettled(list(Axis.ALL, ""));
  }

  private static @Nullable Row lastSettled(RowList list) {
    Row row = list.last();
    while (row != null && row.isPending()) {
      row = list.before(row);
    }
    return row;
  }

  private static boolean isOlder(Row one, Row other) {
    Task first = one.logged();
    Task second = other.logged();
    return first != null && second != null && UpdateOrder.NEWEST_FIRST.compare(first, second) > 0;
  }

  private void remove(Row row) {
    Task logged = row.logged();
    if (logged != null) {
      for (Axis axis : AXES) {
        String key = axis.keyOf(logged);
        if (key != null) {
          unlink(axis, key, row);
        }
      }
    }
    storedBytes -= row.storedBytes();
    rows.remove(row.uuid());
    lately[place(row.uuid())] = null;
  }

  private void unlink(Axis axis, String key, Row row) {
    RowList list = axisLists(axis).get(key);
    if (list == null) {
      throw new IllegalStateException(
          axis + " has no list " + key + " (expected: one with " + row.uuid() + ")");
    }
    list.remove(row);
    if (list.size() == 0) {
      axisLists(axis).remove(key);
    }
  }

  private Map<String, RowList> axisLists(Axis axis) {
    Map<String, RowList> found = lists.get(axis);
    if (found == null) {
      throw new IllegalStateException("no axis " + axis);
    }
    return found;
  }
}
