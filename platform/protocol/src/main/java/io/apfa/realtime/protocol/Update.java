package io.apfa.realtime.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a room tells its sessions. Every kind is immutable. */
public sealed interface Update
    permits Update.TaskUpdate,
        Update.BatchProgress,
        Update.QueueDepth,
        Update.WorkerUpdate,
        Update.CommandUpdate,
        Update.Gap {

  /** Which update this is. */
  Kind kind();

  /** What makes a later update replace an earlier one when rows are conflated; unique per kind. */
  String conflationKey();

  /** The kinds, with the type they have on the wire. */
  enum Kind {
    TASK_UPDATE("task_update", true),
    BATCH_PROGRESS("batch_progress", true),
    QUEUE_DEPTH("queue_depth", true),
    WORKER_UPDATE("worker_update", true),
    COMMAND_UPDATE("command_update", false),
    GAP("gap", false);

    private final String type;
    private final boolean conflatable;

    Kind(String type, boolean conflatable) {
      this.type = type;
      this.conflatable = conflatable;
    }

    /** The {@code type} on the wire. */
    public String type() {
      return type;
    }

    /** Whether an earlier update may be left out when a later one has the same key. */
    public boolean isConflatable() {
      return conflatable;
    }
  }

  /** The whole task as of its offset. */
  record TaskUpdate(Task task) implements Update {
    @Override
    public Kind kind() {
      return Kind.TASK_UPDATE;
    }

    @Override
    public String conflationKey() {
      return task.uuid();
    }
  }

  /**
   * Counters of a group or canvas; kept by the source's owner whether or not anyone listens.
   *
   * @param total members known so far
   * @param completed members that ended, however they ended
   * @param failed members among them in FAILURE, REVOKED or REJECTED
   * @param running members in STARTED or a custom state
   * @param percent completed of total, 0 to 100
   */
  record BatchProgress(
      String groupId, int total, int completed, int failed, int running, double percent)
      implements Update {
    @Override
    public Kind kind() {
      return Kind.BATCH_PROGRESS;
    }

    @Override
    public String conflationKey() {
      return groupId;
    }
  }

  /**
   * Messages waiting in a queue.
   *
   * @param depth messages over all priority keys that no worker has taken
   * @param unacked messages taken and not acknowledged; -1 when the broker cannot say per queue
   */
  record QueueDepth(String queue, long depth, long unacked) implements Update {
    @Override
    public Kind kind() {
      return Kind.QUEUE_DEPTH;
    }

    @Override
    public String conflationKey() {
      return queue;
    }
  }

  /** The latest of one worker. */
  record WorkerUpdate(Worker worker) implements Update {
    @Override
    public Kind kind() {
      return Kind.WORKER_UPDATE;
    }

    @Override
    public String conflationKey() {
      return worker.hostname();
    }
  }

  /**
   * A step of a command.
   *
   * @param msgId the client's own id for it, if it gave one
   * @param reason why it failed, or a remark of the worker
   * @param taskId the task it acts on, or the task it made
   */
  record CommandUpdate(
      String commandId,
      @Nullable String msgId,
      CommandStatus status,
      @Nullable String reason,
      @Nullable String taskId)
      implements Update {
    @Override
    public Kind kind() {
      return Kind.COMMAND_UPDATE;
    }

    @Override
    public String conflationKey() {
      return commandId;
    }
  }

  /**
   * Events known to be lost and not repaired.
   *
   * @param worker whose events; null when of any worker
   * @param kinds event types concerned, empty when any
   * @param estimated how many events, -1 when nobody can say
   */
  record Gap(
      long sinceMillis,
      long untilMillis,
      @Nullable String worker,
      List<String> kinds,
      long estimated,
      String reason)
      implements Update {
    public Gap {
      kinds = List.copyOf(kinds);
    }

    @Override
    public Kind kind() {
      return Kind.GAP;
    }

    @Override
    public String conflationKey() {
      return sinceMillis + "/" + worker + "/" + reason;
    }
  }
}
