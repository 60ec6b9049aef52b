package io.apfa.realtime.protocol;

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

  /** Collects a task's fields. Confined to its caller's thread. */
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
      name = value;
      return this;
    }

    public Builder state(String value) {
      state = value;
      return this;
    }

    public Builder worker(@Nullable String value) {
      worker = value;
      return this;
    }

    public Builder queue(@Nullable String value) {
      queue = value;
      return this;
    }

    public Builder args(@Nullable String value) {
      args = value;
      return this;
    }

    public Builder kwargs(@Nullable String value) {
      kwargs = value;
      return this;
    }

    public Builder retries(int value) {
      retries = value;
      return this;
    }

    public Builder etaMillis(long value) {
      etaMillis = value;
      return this;
    }

    public Builder expiresMillis(long value) {
      expiresMillis = value;
      return this;
    }

    public Builder rootId(@Nullable String value) {
      rootId = value;
      return this;
    }

    public Builder parentId(@Nullable String value) {
      parentId = value;
      return this;
    }

    public Builder groupId(@Nullable String value) {
      groupId = value;
      return this;
    }

    public Builder sentMillis(long value) {
      sentMillis = value;
      return this;
    }

    public Builder receivedMillis(long value) {
      receivedMillis = value;
      return this;
    }

    public Builder startedMillis(long value) {
      startedMillis = value;
      return this;
    }

    public Builder succeededMillis(long value) {
      succeededMillis = value;
      return this;
    }

    public Builder failedMillis(long value) {
      failedMillis = value;
      return this;
    }

    public Builder retriedMillis(long value) {
      retriedMillis = value;
      return this;
    }

    public Builder revokedMillis(long value) {
      revokedMillis = value;
      return this;
    }

    public Builder rejectedMillis(long value) {
      rejectedMillis = value;
      return this;
    }

    public Builder timestampMillis(long value) {
      timestampMillis = value;
      return this;
    }

    public Builder runtimeSeconds(double value) {
      runtimeSeconds = value;
      return this;
    }

    public Builder result(@Nullable String value) {
      result = value;
      return this;
    }

    public Builder exception(@Nullable String value) {
      exception = value;
      return this;
    }

    public Builder traceback(@Nullable String value) {
      traceback = value;
      return this;
    }

    public Builder progress(@Nullable String value) {
      progress = value;
      return this;
    }

    public Builder suspect(@Nullable Suspect value) {
      suspect = value;
      return this;
    }

    public Builder offset(long value) {
      offset = value;
      return this;
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
