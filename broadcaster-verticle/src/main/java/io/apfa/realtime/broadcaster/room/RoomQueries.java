package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Answers about a room, as of the last offset logged.
 *
 * <p>Confined to its verticle's context, but for the supplier of {@link #search}.
 */
public final class RoomQueries {
  /** Most children and most group members in one answer. */
  public static final int MAX_RELATED = 10_000;

  private final SourceRoom room;

  RoomQueries(SourceRoom room) {
    this.room = room;
  }

  /**
   * A page of a query without {@code q}.
   *
   * @throws IllegalArgumentException for a cursor that is none, or of another epoch
   */
  public TaskPage page(TaskQuery query) {
    return new TaskFinder(room.table).find(bounded(query), room.position());
  }

  /** The work of a query with {@code q}, to be done on any thread; it throws as {@link #page}. */
  public Supplier<TaskPage> search(TaskQuery query) {
    StreamPosition position = room.position();
    Task[] candidates = new TaskFinder(room.table).candidates(query);
    return () -> TaskFinder.search(bounded(query), position, candidates);
  }

  private static TaskQuery bounded(TaskQuery query) {
    return query.withLimit(Math.max(1, Math.min(TaskQuery.MAX_LIMIT, query.limit())));
  }

  /** A task with its history and children. */
  public BusMessage.TaskDetail task(String uuid) {
    Row row = room.table.row(uuid);
    Task task = row == null ? null : row.logged();
    List<TimelineEntry> timeline = row == null || task == null ? List.of() : row.timeline();
    List<Task> children = tasksOf(room.table.list(Axis.PARENT, uuid), new ArrayList<>());
    return new BusMessage.TaskDetail(room.position(), task, timeline, children);
  }

  /** A group or canvas with the tasks of it that are in the table. */
  @SuppressWarnings("NullAway") // the progress may be null; NullAway misses it on a nested type
  public BusMessage.GroupDetail group(String groupId) {
    List<Task> tasks = new ArrayList<>();
    Row root = room.table.row(groupId);
    Task rootTask = root == null ? null : root.logged();
    if (rootTask != null && rootTask.rootOrSelf().equals(groupId)) {
      tasks.add(rootTask);
    }
    tasksOf(room.table.list(Axis.ROOT, groupId), tasks);
    RowList grouped = room.table.list(Axis.GROUP, groupId);
    for (Row row : grouped) {
      Task task = row.logged();
      if (task != null && !task.rootOrSelf().equals(groupId) && tasks.size() < MAX_RELATED) {
        tasks.add(task);
      }
    }
    return new BusMessage.GroupDetail(room.position(), room.groups.logged(groupId), tasks);
  }

  /** How many tasks are in each state. */
  public Map<String, Integer> countsByState() {
    Map<String, Integer> counts = new HashMap<>();
    for (String state : room.table.keys(Axis.STATE)) {
      RowList list = room.table.list(Axis.STATE, state);
      counts.put(state, list.size());
    }
    return counts;
  }

  private static List<Task> tasksOf(RowList list, List<Task> into) {
    for (Row row : list) {
      Task task = row.logged();
      if (task != null && into.size() < MAX_RELATED) {
        into.add(task);
      }
    }
    return into;
  }
}
