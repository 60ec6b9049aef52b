package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.util.Map;

/**
 * What a task costs in memory, and an event in CPU, as the table grows: bytes of heap a task after
 * a full collection, with the state in a Redis as in production. Arguments: the sizes of the table,
 * in tasks (100000 1000000).
 */
final class TableBench {
  /** What the process holds without tasks is measured with these few, once everything is loaded. */
  private static final int FIRST_TASKS = 10_000;

  private static final int PER_MESSAGE = 24;
  private static final int EVENTS_PER_SECOND = Integer.getInteger("apfa.bench.pace", 40_000);

  private TableBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int[] sizes = {100_000, 1_000_000};
    if (arguments.length > 0) {
      sizes = java.util.Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
    }
    Figures figures = new Figures("table");
    try (Cluster cluster =
            Cluster.start(
                1,
                Map.of(
                    "APFA_BROADCASTER_TABLE_MAX_TASKS", "2000000",
                    "APFA_STATE_MAX_BYTES", "4000000000"));
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      IngestLoad load = new IngestLoad(PER_MESSAGE);
      int tasks = FIRST_TASKS;
      load.publish(publisher, tasks * IngestLoad.PER_TASK, EVENTS_PER_SECOND / 4);
      IngestLoad.await(cluster.managementPort(), tasks * IngestLoad.PER_TASK);
      long heap = cluster.node().liveHeapBytes();
      for (int size : sizes) {
        double cpu = cluster.cpuSeconds();
        int events = (size - tasks) * IngestLoad.PER_TASK;
        load.publish(publisher, events, EVENTS_PER_SECOND);
        IngestLoad.await(cluster.managementPort(), size * IngestLoad.PER_TASK);
        figures.put(
            "tasks_" + size + "_events_per_cpu_second",
            Math.round(events / (cluster.cpuSeconds() - cpu)));
        figures.put(
            "tasks_" + size + "_heap_bytes_per_task",
            (cluster.node().liveHeapBytes() - heap) / (size - FIRST_TASKS));
        figures.put("tasks_" + size + "_rss_mb", cluster.node().rssBytes() >> 20);
        tasks = size;
      }
    }
    figures.finish();
  }
}
