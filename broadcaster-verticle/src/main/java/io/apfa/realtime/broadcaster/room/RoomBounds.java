package io.apfa.realtime.broadcaster.room;

/**
 * How much one source's owner keeps.
 *
 * <p>Immutable.
 *
 * @param maxTasks tasks in the table
 * @param maxTableBytes bytes of the table's entries in the store
 * @param maxWorkers workers known
 * @param maxQueues queues known
 * @param maxCommands commands whose last step is known
 * @param maxRowsPerAppend rows in one append
 * @param maxPendingRows rows waiting to be logged; beyond, bridges are asked to wait
 */
public record RoomBounds(
    int maxTasks,
    long maxTableBytes,
    int maxWorkers,
    int maxQueues,
    int maxCommands,
    int maxRowsPerAppend,
    int maxPendingRows) {
  /** 100,000 tasks, 192 MiB. */
  public static final RoomBounds DEFAULT =
      new RoomBounds(100_000, 192L * 1024 * 1024, 5_000, 10_000, 10_000, 5_000, 20_000);

  /** These bounds with other ones of the table. */
  public RoomBounds withTable(int tasks, long tableBytes) {
    return new RoomBounds(
        tasks, tableBytes, maxWorkers, maxQueues, maxCommands, maxRowsPerAppend, maxPendingRows);
  }
}
