package io.apfa.realtime.protocol;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One Celery task as of one offset: a row of the task table, whole. Views replace a row, they never
 * merge two. Names follow Celery; times are epoch milliseconds, {@link Times#UNKNOWN_MILLIS} when
 * unknown; {@code retries} is -1 and {@code runtimeSeconds} NaN when unknown.
 *
 * @param uuid the task's id
 * @param state one of {@link TaskStates} or a custom state
 * @param worker full node name of the worker that last spoke of it
 * @param args Celery's repr of the positional arguments, as the event carried it
 * @param kwargs Celery's repr of the keyword arguments
 * @param runtimeSeconds what {@code task-succeeded} reported
 * @param progress JSON text of an object: the user's fields of a custom event or PROGRESS meta
 * @param offset the source's offset this row was logged under; 0 before it has one
 */
public record Task(
    String uuid,
    @Nullable String name,
    String state,
    @Nullable String worker,
    @Nullable String queue,
    @Nullable String args,
    @Nullable String kwargs,
    int retries,
    long etaMillis,
    long expiresMillis,
    @Nullable String rootId,
    @Nullable String parentId,
    @Nullable String groupId,
    long sentMillis,
    long receivedMillis,
    long startedMillis,
    long succeededMillis,
    long failedMillis,
    long retriedMillis,
    long revokedMillis,
    long rejectedMillis,
    long timestampMillis,
    double runtimeSeconds,
    @Nullable String result,
    @Nullable String exception,
    @Nullable String traceback,
    @Nullable String progress,
    @Nullable Suspect suspect,
    long offset) {

  /** {@code retries} of a task whose sent or received event nobody saw. */
  public static final int UNKNOWN_RETRIES = -1;

  /**
   * Why the shown state may be old.
   *
   * @param reason a short word for people, such as {@code worker-silent}
   * @param sinceMillis when the doubt began
   */
  public record Suspect(String reason, long sinceMillis) {}

  /** A builder for a task nothing but its uuid is known of; its state is PENDING. */
  public static Builder builder(String uuid) {
    return new Builder(uuid);
  }

  /** A builder that starts from this task. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** This task, logged under {@code newOffset}. */
  public Task withOffset(long newOffset) {
    return newOffset == offset ? this : toBuilder().offset(newOffset).build();
  }

  /** The id of the canvas this task belongs to: its root, else itself. */
  public String rootOrSelf() {
    return rootId == null ? uuid : rootId;
  }

  /** A task that changes in place, and whether it did. Confined to its caller's thread. */
  public static final class Builder {
    private final String uuid;
    private @Nullable String name;
    private String state = TaskStates.PENDING;
    private @Nullable String worker;
    private @Nullable String queue;
    private @Nullable String args;
    private @Nullable String kwargs;
    private int retries = UNKNOWN_RETRIES;
    private long etaMillis = Times.UNKNOWN_MILLIS;
    private long expiresMillis = Times.UNKNOWN_MILLIS;
    private @Nullable String rootId;
    private @Nullable String parentId;
    private @Nullable String groupId;
    private long sentMillis = Times.UNKNOWN_MILLIS;
    private long receivedMillis = Times.UNKNOWN_MILLIS;
    private long startedMillis = Times.UNKNOWN_MILLIS;
    private long succeededMillis = Times.UNKNOWN_MILLIS;
    private long failedMillis = Times.UNKNOWN_MILLIS;
    private long retriedMillis = Times.UNKNOWN_MILLIS;
    private long revokedMillis = Times.UNKNOWN_MILLIS;
    private long rejectedMillis = Times.UNKNOWN_MILLIS;
    private long timestampMillis = Times.UNKNOWN_MILLIS;
    private double runtimeSeconds = Double.NaN;
    private @Nullable String result;
    private @Nullable String exception;
    private @Nullable String traceback;
    private @Nullable String progress;
    private @Nullable Suspect suspect;
    private long offset;
    private boolean changed;

    private Builder(String uuid) {
      this.uuid = uuid;
    }

    private Builder(Task task) {
      uuid = task.uuid;
      name = task.name;
      state = task.state;
      worker = task.worker;
      queue = task.queue;
      args = task.args;
      kwargs = task.kwargs;
      retries = task.retries;
      etaMillis = task.etaMillis;
      expiresMillis = task.expiresMillis;
      rootId = task.rootId;
      parentId = task.parentId;
      groupId = task.groupId;
      sentMillis = task.sentMillis;
      receivedMillis = task.receivedMillis;
      startedMillis = task.startedMillis;
      succeededMillis = task.succeededMillis;
      failedMillis = task.failedMillis;
      retriedMillis = task.retriedMillis;
      revokedMillis = task.revokedMillis;
      rejectedMillis = task.rejectedMillis;
      timestampMillis = task.timestampMillis;
      runtimeSeconds = task.runtimeSeconds;
      result = task.result;
      exception = task.exception;
      traceback = task.traceback;
      progress = task.progress;
      suspect = task.suspect;
      offset = task.offset;
    }

    public Builder name(@Nullable String value) {
      if (!Objects.equals(name, value)) {
        name = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String name() {
      return name;
    }

    public Builder state(String value) {
      if (!state.equals(value)) {
        state = value;
        changed = true;
      }
      return this;
    }

    public String state() {
      return state;
    }

    public Builder worker(@Nullable String value) {
      if (!Objects.equals(worker, value)) {
        worker = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String worker() {
      return worker;
    }

    public Builder queue(@Nullable String value) {
      if (!Objects.equals(queue, value)) {
        queue = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String queue() {
      return queue;
    }

    public Builder args(@Nullable String value) {
      if (!Objects.equals(args, value)) {
        args = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String args() {
      return args;
    }

    public Builder kwargs(@Nullable String value) {
      if (!Objects.equals(kwargs, value)) {
        kwargs = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String kwargs() {
      return kwargs;
    }

    public Builder retries(int value) {
      if (retries != value) {
        retries = value;
        changed = true;
      }
      return this;
    }

    public int retries() {
      return retries;
    }

    public Builder etaMillis(long value) {
      if (etaMillis != value) {
        etaMillis = value;
        changed = true;
      }
      return this;
    }

    public Builder expiresMillis(long value) {
      if (expiresMillis != value) {
        expiresMillis = value;
        changed = true;
      }
      return this;
    }

    public Builder rootId(@Nullable String value) {
      if (!Objects.equals(rootId, value)) {
        rootId = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String rootId() {
      return rootId;
    }

    public Builder parentId(@Nullable String value) {
      if (!Objects.equals(parentId, value)) {
        parentId = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String parentId() {
      return parentId;
    }

    public Builder groupId(@Nullable String value) {
      if (!Objects.equals(groupId, value)) {
        groupId = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String groupId() {
      return groupId;
    }

    public Builder sentMillis(long value) {
      if (sentMillis != value) {
        sentMillis = value;
        changed = true;
      }
      return this;
    }

    public long sentMillis() {
      return sentMillis;
    }

    public Builder receivedMillis(long value) {
      if (receivedMillis != value) {
        receivedMillis = value;
        changed = true;
      }
      return this;
    }

    public long receivedMillis() {
      return receivedMillis;
    }

    public Builder startedMillis(long value) {
      if (startedMillis != value) {
        startedMillis = value;
        changed = true;
      }
      return this;
    }

    public long startedMillis() {
      return startedMillis;
    }

    public Builder succeededMillis(long value) {
      if (succeededMillis != value) {
        succeededMillis = value;
        changed = true;
      }
      return this;
    }

    public long succeededMillis() {
      return succeededMillis;
    }

    public Builder failedMillis(long value) {
      if (failedMillis != value) {
        failedMillis = value;
        changed = true;
      }
      return this;
    }

    public long failedMillis() {
      return failedMillis;
    }

    public Builder retriedMillis(long value) {
      if (retriedMillis != value) {
        retriedMillis = value;
        changed = true;
      }
      return this;
    }

    public long retriedMillis() {
      return retriedMillis;
    }

    public Builder revokedMillis(long value) {
      if (revokedMillis != value) {
        revokedMillis = value;
        changed = true;
      }
      return this;
    }

    public long revokedMillis() {
      return revokedMillis;
    }

    public Builder rejectedMillis(long value) {
      if (rejectedMillis != value) {
        rejectedMillis = value;
        changed = true;
      }
      return this;
    }

    public long rejectedMillis() {
      return rejectedMillis;
    }

    public Builder timestampMillis(long value) {
      if (timestampMillis != value) {
        timestampMillis = value;
        changed = true;
      }
      return this;
    }

    public long timestampMillis() {
      return timestampMillis;
    }

    public Builder runtimeSeconds(double value) {
      if (Double.compare(runtimeSeconds, value) != 0) {
        runtimeSeconds = value;
        changed = true;
      }
      return this;
    }

    public Builder result(@Nullable String value) {
      if (!Objects.equals(result, value)) {
        result = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String result() {
      return result;
    }

    public Builder exception(@Nullable String value) {
      if (!Objects.equals(exception, value)) {
        exception = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String exception() {
      return exception;
    }

    public Builder traceback(@Nullable String value) {
      if (!Objects.equals(traceback, value)) {
        traceback = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String traceback() {
      return traceback;
    }

    public Builder progress(@Nullable String value) {
      if (!Objects.equals(progress, value)) {
        progress = value;
        changed = true;
      }
      return this;
    }

    public @Nullable String progress() {
      return progress;
    }

    public Builder suspect(@Nullable Suspect value) {
      if (!Objects.equals(suspect, value)) {
        suspect = value;
        changed = true;
      }
      return this;
    }

    public Builder offset(long value) {
      if (offset != value) {
        offset = value;
        changed = true;
      }
      return this;
    }

    public String uuid() {
      return uuid;
    }

    /** Whether a field was given another value since the last call. */
    public boolean takeChanged() {
      boolean was = changed;
      changed = false;
      return was;
    }

    /** The id of the canvas the task belongs to: its root, else itself. */
    public String rootOrSelf() {
      return rootId == null ? uuid : rootId;
    }

    public Task build() {
      return new Task(
          uuid,
          name,
          state,
          worker,
          queue,
          args,
          kwargs,
          retries,
          etaMillis,
          expiresMillis,
          rootId,
          parentId,
          groupId,
          sentMillis,
          receivedMillis,
          startedMillis,
          succeededMillis,
          failedMillis,
          retriedMillis,
          revokedMillis,
          rejectedMillis,
          timestampMillis,
          runtimeSeconds,
          result,
          exception,
          traceback,
          progress,
          suspect,
          offset);
    }
  }
}
