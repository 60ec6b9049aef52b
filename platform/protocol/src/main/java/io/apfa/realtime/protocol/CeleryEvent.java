package io.apfa.realtime.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a bridge tells a source's owner: Celery's events, decoded, and what the bridge learned
 * besides them. Every kind is immutable.
 */
public sealed interface CeleryEvent
    permits CeleryEvent.TaskEvent,
        CeleryEvent.WorkerEvent,
        CeleryEvent.TaskMeta,
        CeleryEvent.QueueReading,
        CeleryEvent.CommandOutcome,
        CeleryEvent.Loss {

  /** Which event this is. */
  Kind kind();

  /** The kinds; their order is their number on the bus. */
  enum Kind {
    TASK,
    WORKER,
    TASK_META,
    QUEUE_READING,
    COMMAND_OUTCOME,
    LOSS
  }

  /**
   * A {@code task-*} event, custom ones included. Fields that its type does not carry are null, -1
   * or NaN; they say nothing about the task.
   *
   * @param type Celery's event type, such as {@code task-succeeded}
   * @param hostname full node name of the sender
   * @param pid of the sending process; -1 unknown
   * @param clock Lamport clock of the sender; -1 when null or absent
   * @param timestampMillis the sender's wall clock; {@code utcoffset} is ignored
   * @param receivedMillis the bridge's wall clock when the event came
   * @param progress JSON text of the user's fields of a custom event
   */
  record TaskEvent(
      String type,
      String uuid,
      String hostname,
      long pid,
      long clock,
      long timestampMillis,
      long receivedMillis,
      @Nullable String name,
      @Nullable String args,
      @Nullable String kwargs,
      int retries,
      long etaMillis,
      long expiresMillis,
      @Nullable String rootId,
      @Nullable String parentId,
      @Nullable String queue,
      @Nullable String result,
      double runtimeSeconds,
      @Nullable String exception,
      @Nullable String traceback,
      @Nullable String progress)
      implements CeleryEvent {
    @Override
    public Kind kind() {
      return Kind.TASK;
    }
  }

  /**
   * A {@code worker-*} event.
   *
   * @param freqSeconds seconds between heartbeats; NaN absent
   * @param active -1 absent
   * @param processed -1 absent
   * @param poolSize -1 absent; known from {@code inspect stats}, never from an event
   */
  record WorkerEvent(
      String type,
      String hostname,
      long pid,
      long clock,
      long timestampMillis,
      long receivedMillis,
      double freqSeconds,
      int active,
      long processed,
      List<Double> loadavg,
      @Nullable String swIdent,
      @Nullable String swVer,
      @Nullable String swSys,
      int poolSize)
      implements CeleryEvent {
    public WorkerEvent {
      loadavg = List.copyOf(loadavg);
    }

    @Override
    public Kind kind() {
      return Kind.WORKER;
    }
  }

  /**
   * What the result backend, a queue message or an inspection says about a task.
   *
   * @param origin who says so; only {@link Origin#RESULT_BACKEND} with a ready status may overwrite
   *     a state
   * @param status the state it gives; null when it gives none
   * @param suspect a reason to doubt the shown state; null when there is none
   * @param progress JSON text of PROGRESS meta
   */
  record TaskMeta(
      String uuid,
      Origin origin,
      @Nullable String status,
      long timestampMillis,
      @Nullable String name,
      @Nullable String args,
      @Nullable String kwargs,
      @Nullable String worker,
      @Nullable String queue,
      @Nullable String rootId,
      @Nullable String parentId,
      @Nullable String groupId,
      int retries,
      long etaMillis,
      @Nullable String result,
      @Nullable String exception,
      @Nullable String traceback,
      @Nullable String progress,
      @Nullable String suspect)
      implements CeleryEvent {
    /** Who gave a {@link TaskMeta}; the order is the number on the bus. */
    public enum Origin {
      RESULT_BACKEND,
      QUEUE_MESSAGE,
      INSPECT,
      RECONCILER
    }

    @Override
    public Kind kind() {
      return Kind.TASK_META;
    }
  }

  /** A reading of one queue's depth. */
  record QueueReading(String queue, long depth, long unacked, long readMillis)
      implements CeleryEvent {
    @Override
    public Kind kind() {
      return Kind.QUEUE_READING;
    }
  }

  /** A step of a command, for the rooms. */
  record CommandOutcome(Update.CommandUpdate update) implements CeleryEvent {
    @Override
    public Kind kind() {
      return Kind.COMMAND_OUTCOME;
    }
  }

  /** Events the bridge knows to be lost and could not repair. */
  record Loss(Update.Gap gap) implements CeleryEvent {
    @Override
    public Kind kind() {
      return Kind.LOSS;
    }
  }
}
