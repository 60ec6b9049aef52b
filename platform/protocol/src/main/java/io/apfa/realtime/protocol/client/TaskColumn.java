package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Times;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The columns of {@code msgpack-columns}, in the order they are written; a column's position is its
 * bit in a row's mask. {@code uuid} and {@code offset} are not among them: they are written apart.
 *
 * <p>Immutable.
 */
enum TaskColumn {
  STATE(Form.STATE),
  NAME(Form.NAME),
  WORKER(Form.NAME),
  QUEUE(Form.NAME),
  ARGS(Form.TEXT),
  KWARGS(Form.TEXT),
  RETRIES(Form.RETRIES),
  ROOT_ID(Form.ID),
  PARENT_ID(Form.ID),
  GROUP_ID(Form.ID),
  SENT(Form.TIME),
  RECEIVED(Form.TIME),
  STARTED(Form.TIME),
  RETRIED(Form.TIME),
  SUCCEEDED(Form.TIME),
  FAILED(Form.TIME),
  REVOKED(Form.TIME),
  REJECTED(Form.TIME),
  TIMESTAMP(Form.TIME),
  ETA(Form.TIME),
  EXPIRES(Form.TIME),
  RUNTIME(Form.RUNTIME),
  RESULT(Form.TEXT),
  EXCEPTION(Form.TEXT),
  TRACEBACK(Form.TEXT),
  PROGRESS(Form.JSON),
  SUSPECT(Form.SUSPECT);

  /** How a column's values are written. */
  enum Form {
    /** Index in {@link io.apfa.realtime.protocol.TaskStates#BUILT_IN}, else text. */
    STATE,
    /** Text the first time in a generation (or frame), then its number. */
    NAME,
    /** Text the first time in a frame, then its number. */
    TEXT,
    RETRIES,
    /** true = the task's own uuid, 16 bytes for a uuid, else text. */
    ID,
    /** Signed milliseconds after the time before it in the row. */
    TIME,
    /** Whole microseconds if that is exact, else seconds: a float with a fraction, else text. */
    RUNTIME,
    JSON,
    SUSPECT
  }

  static final List<TaskColumn> ALL = List.of(values());

  private final Form form;

  TaskColumn(Form form) {
    this.form = form;
  }

  Form form() {
    return form;
  }

  /** The column's text; null for columns that are no text, and when absent. */
  @Nullable String textOf(Task task) {
    return switch (this) {
      case STATE -> task.state();
      case NAME -> task.name();
      case WORKER -> task.worker();
      case QUEUE -> task.queue();
      case ARGS -> task.args();
      case KWARGS -> task.kwargs();
      case ROOT_ID -> task.rootId();
      case PARENT_ID -> task.parentId();
      case GROUP_ID -> task.groupId();
      case RESULT -> task.result();
      case EXCEPTION -> task.exception();
      case TRACEBACK -> task.traceback();
      case PROGRESS -> task.progress();
      default -> null;
    };
  }

  /** The column's time; unknown for columns that are no time. */
  long millisOf(Task task) {
    return switch (this) {
      case SENT -> task.sentMillis();
      case RECEIVED -> task.receivedMillis();
      case STARTED -> task.startedMillis();
      case RETRIED -> task.retriedMillis();
      case SUCCEEDED -> task.succeededMillis();
      case FAILED -> task.failedMillis();
      case REVOKED -> task.revokedMillis();
      case REJECTED -> task.rejectedMillis();
      case TIMESTAMP -> task.timestampMillis();
      case ETA -> task.etaMillis();
      case EXPIRES -> task.expiresMillis();
      default -> Times.UNKNOWN_MILLIS;
    };
  }

  boolean isPresent(Task task) {
    return switch (form) {
      case STATE, NAME, TEXT, ID, JSON -> textOf(task) != null;
      case RETRIES -> task.retries() >= 0;
      case TIME -> Times.isKnown(millisOf(task));
      case RUNTIME -> Double.isFinite(task.runtimeSeconds());
      case SUSPECT -> task.suspect() != null;
    };
  }

  boolean isSame(Task before, Task after) {
    return switch (form) {
      case STATE, NAME, TEXT, ID, JSON -> Objects.equals(textOf(before), textOf(after));
      case RETRIES -> before.retries() == after.retries();
      case TIME -> millisOf(before) == millisOf(after);
      case RUNTIME -> Double.compare(before.runtimeSeconds(), after.runtimeSeconds()) == 0;
      case SUSPECT -> Objects.equals(before.suspect(), after.suspect());
    };
  }
}
