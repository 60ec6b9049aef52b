package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;

/** Which updates of a source's stream a room shows. Immutable. */
final class RoomFilter {
  private RoomFilter() {}

  static boolean matches(Room room, Update update) {
    return switch (room.kind()) {
      case TASKS -> true;
      case TASK -> matchesTask(room.key(), update);
      case QUEUE ->
          update instanceof Update.TaskUpdate changed && room.key().equals(changed.task().queue());
      case GROUP -> matchesGroup(room.key(), update);
      case COMMANDS -> update.kind() == Update.Kind.COMMAND_UPDATE;
      case QUEUES, WORKERS -> false;
    };
  }

  /** Whether {@code task} belongs to the group or canvas {@code id}. */
  static boolean isMember(String id, Task task) {
    return id.equals(task.groupId()) || id.equals(task.rootOrSelf());
  }

  private static boolean matchesTask(String uuid, Update update) {
    if (update instanceof Update.TaskUpdate changed) {
      return uuid.equals(changed.task().uuid());
    }
    if (update instanceof Update.CommandUpdate command) {
      return uuid.equals(command.taskId());
    }
    return update.kind() == Update.Kind.GAP;
  }

  private static boolean matchesGroup(String id, Update update) {
    if (update instanceof Update.TaskUpdate changed) {
      return isMember(id, changed.task());
    }
    return update instanceof Update.BatchProgress progress && id.equals(progress.groupId());
  }
}
