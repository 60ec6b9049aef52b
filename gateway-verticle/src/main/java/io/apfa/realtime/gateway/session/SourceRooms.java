package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rooms of one source that someone listens to, found by task, queue and group: a row costs a
 * few look-ups however many rooms there are.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceRooms {
  private final SourceStream stream;
  private final WorkBudget work;
  private final Map<Room, StreamFeed> feeds = new HashMap<>();
  private final Map<String, StreamFeed> byTask = new HashMap<>();
  private final Map<String, StreamFeed> byQueue = new HashMap<>();
  private final Map<String, StreamFeed> byGroup = new HashMap<>();
  private @Nullable StreamFeed tasks;
  private @Nullable StreamFeed commands;

  SourceRooms(SourceStream stream, WorkBudget work) {
    this.stream = stream;
    this.work = work;
  }

  Collection<StreamFeed> feeds() {
    return feeds.values();
  }

  StreamFeed open(Room room) {
    StreamFeed known = feeds.get(room);
    if (known != null) {
      return known;
    }
    StreamFeed feed = new StreamFeed(room, stream, work);
    feeds.put(room, feed);
    switch (room.kind()) {
      case TASKS -> tasks = feed;
      case COMMANDS -> commands = feed;
      case TASK -> byTask.put(room.key(), feed);
      case QUEUE -> byQueue.put(room.key(), feed);
      case GROUP -> byGroup.put(room.key(), feed);
      case QUEUES, WORKERS ->
          throw new IllegalArgumentException(room + " (expected: a room of the stream)");
    }
    return feed;
  }

  @Nullable StreamFeed find(Room room) {
    return feeds.get(room);
  }

  void close(Room room) {
    feeds.remove(room);
    switch (room.kind()) {
      case TASKS -> tasks = null;
      case COMMANDS -> commands = null;
      case TASK -> byTask.remove(room.key());
      case QUEUE -> byQueue.remove(room.key());
      case GROUP -> byGroup.remove(room.key());
      case QUEUES, WORKERS -> {
        // they have no feed here
      }
    }
  }

  /** Gives every row of {@code segment} to its rooms, and returns the rooms that got any. */
  Set<StreamFeed> index(Segment segment, Shape shape) {
    Set<StreamFeed> touched = new LinkedHashSet<>();
    for (Segment.Row row : segment.rows()) {
      offer(tasks, row, touched);
      Update update = row.update();
      switch (update.kind()) {
        case TASK_UPDATE -> offerTask(((Update.TaskUpdate) update).task(), row, touched);
        case BATCH_PROGRESS ->
            offer(byGroup.get(((Update.BatchProgress) update).groupId()), row, touched);
        case COMMAND_UPDATE -> {
          offer(commands, row, touched);
          String taskId = ((Update.CommandUpdate) update).taskId();
          if (taskId != null) {
            offer(byTask.get(taskId), row, touched);
          }
        }
        case GAP -> byTask.values().forEach(feed -> offer(feed, row, touched));
        case QUEUE_DEPTH, WORKER_UPDATE -> {
          // latest values are not in the stream
        }
      }
    }
    for (StreamFeed feed : touched) {
      feed.close(segment, shape);
    }
    return touched;
  }

  private void offerTask(Task task, Segment.Row row, Set<StreamFeed> touched) {
    offer(byTask.get(task.uuid()), row, touched);
    String queue = task.queue();
    if (queue != null && !byQueue.isEmpty()) {
      offer(byQueue.get(queue), row, touched);
    }
    if (!byGroup.isEmpty()) {
      String root = task.rootOrSelf();
      offer(byGroup.get(root), row, touched);
      String group = task.groupId();
      if (group != null && !group.equals(root)) {
        offer(byGroup.get(group), row, touched);
      }
    }
  }

  private static void offer(@Nullable StreamFeed feed, Segment.Row row, Set<StreamFeed> touched) {
    if (feed != null) {
      feed.offer(row);
      touched.add(feed);
    }
  }
}
