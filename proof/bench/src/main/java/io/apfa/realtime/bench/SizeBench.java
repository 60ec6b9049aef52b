package io.apfa.realtime.bench;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.client.ColumnsFrames;
import io.apfa.realtime.protocol.client.ColumnsReader;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.MsgpackFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Bytes and times of 1 to 10,000 tasks in each encoding, on synthetic tasks; the specification's
 * figures stand beside ours. Times are the best of many runs, in one process.
 */
final class SizeBench {
  private static final int NEVER = Integer.MAX_VALUE;
  private static final int[] COUNTS = {1, 100, 1000, 10_000};
  private static final String[] SPECIFICATION_JSON = {"500 B", "50 KB", "500 KB", "5 MB"};
  private static final String[] SPECIFICATION_GZIPPED = {"280 B", "12 KB", "80 KB", "600 KB"};

  private SizeBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    Figures figures = new Figures("sizes");
    for (int i = 0; i < COUNTS.length; i++) {
      int count = COUNTS[i];
      List<Task> tasks = SyntheticTasks.finished(count, 1);
      List<Update> updates = new ArrayList<>();
      for (Task task : tasks) {
        updates.add(new Update.TaskUpdate(task));
      }
      long closed = tasks.get(count - 1).timestampMillis() + 20;
      Batch batch = new Batch("e1a2b3c4", 1, count, false, closed, updates);
      String of = "tasks_" + count + "_";
      figures.put(of + "specification_json", SPECIFICATION_JSON[i]);
      figures.put(of + "specification_msgpack_gzip", SPECIFICATION_GZIPPED[i]);
      byte[] json = JsonFrames.encode(out -> JsonFrames.writeTasks(out, tasks)).getBytes();
      byte[] msgpack = MsgpackFrames.plainBatch(batch, NEVER).getBytes();
      byte[] columns = ColumnsFrames.batch("celery:tasks", batch, NEVER).getBytes();
      figures.put(of + "json", json.length);
      figures.put(of + "json_gzip1", Gzip.compress(json, 1).length);
      figures.put(of + "json_gzip6", Gzip.compress(json, 6).length);
      figures.put(of + "msgpack", msgpack.length);
      figures.put(of + "msgpack_gzip1", Gzip.compress(msgpack, 1).length);
      figures.put(of + "msgpack_gzip6", Gzip.compress(msgpack, 6).length);
      figures.put(of + "columns", columns.length);
      figures.put(of + "columns_gzip1", Gzip.compress(columns, 1).length);
      figures.put(of + "columns_gzip6", Gzip.compress(columns, 6).length);
      putTime(figures, of + "msgpack_gzip1_encode_ms", () -> MsgpackFrames.plainBatch(batch, 1024));
      putTime(
          figures,
          of + "columns_gzip1_encode_ms",
          () -> ColumnsFrames.batch("celery:tasks", batch, 1024));
      byte[] sent = ColumnsFrames.batch("celery:tasks", batch, 1024).getBytes();
      putTime(figures, of + "columns_gzip1_decode_ms", () -> new ColumnsReader().read(sent));
    }
    figures.finish();
  }

  private static void putTime(Figures figures, String name, Supplier<Object> work) {
    long best = Long.MAX_VALUE;
    long end = System.nanoTime() + 1_500_000_000L;
    int kept = 0;
    while (System.nanoTime() < end) {
      long before = System.nanoTime();
      kept += work.get().hashCode() & 1;
      best = Math.min(best, System.nanoTime() - before);
    }
    figures.put(name, Figures.round(best / 1e6 + (kept < 0 ? 1 : 0)));
  }
}
