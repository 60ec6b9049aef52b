package io.apfa.realtime.launcher.demo;

/** A task in one of the simulated worker's slots. Confined to the worker's thread. */
final class TaskRun {
  private final DemoTask task;
  private final TaskKind kind;
  private final int pid;
  private final long startedMillis;
  private final long endMillis;
  private int reportedSteps;

  TaskRun(DemoTask task, TaskKind kind, int pid, long startedMillis, long endMillis) {
    this.task = task;
    this.kind = kind;
    this.pid = pid;
    this.startedMillis = startedMillis;
    this.endMillis = endMillis;
  }

  DemoTask task() {
    return task;
  }

  TaskKind kind() {
    return kind;
  }

  /** The pretended pid of the pool process. */
  int pid() {
    return pid;
  }

  long startedMillis() {
    return startedMillis;
  }

  boolean isOver(long nowMillis) {
    return nowMillis >= endMillis;
  }

  /** The next progress step that is due, of {@link TaskKind#PROGRESS_STEPS}; 0 if none is. */
  int nextProgressStep(long nowMillis) {
    if (kind != TaskKind.IMPORT_FILE || reportedSteps == TaskKind.PROGRESS_STEPS) {
      return 0;
    }
    long length = Math.max(1, endMillis - startedMillis);
    long due = TaskKind.PROGRESS_STEPS * (nowMillis - startedMillis) / length;
    return due > reportedSteps ? ++reportedSteps : 0;
  }
}
