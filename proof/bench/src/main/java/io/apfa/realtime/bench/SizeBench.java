package io.apfa.realtime.bench;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.client.ColumnsFrames;
import io.apfa.realtime.protocol.client.ColumnsReader;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.MsgpackFrames;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Bytes and times of 1 to 10,000 tasks in each encoding, on synthetic tasks and on those of the
 * captured corpus; the specification's figures stand beside ours. Times are the best of many runs:
 * encoding and decoding in this process, decoding also in headless Chromium.
 */
final class SizeBench {
  private static final long MEASURED_CPU_NANOS = 2_000_000_000L;
  private static final int NEVER = Integer.MAX_VALUE;
  private static final int THRESHOLD_BYTES = 1024;
  private static final int[] COUNTS = {1, 100, 1000, 10_000};
  private static final String[] SPECIFICATION_JSON = {"500 B", "50 KB", "500 KB", "5 MB"};
  private static final String[] SPECIFICATION_MSGPACK = {"320 B", "32 KB", "320 KB", "3.2 MB"};
  private static final String[] SPECIFICATION_GZIPPED = {"280 B", "12 KB", "80 KB", "600 KB"};

  private final Figures figures = new Figures("sizes");
  private final Path frames;

  private SizeBench(Path frames) {
    this.frames = frames;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    Path frames = Files.createTempDirectory("apfa-frames");
    try {
      new SizeBench(frames).run();
    } finally {
      try (Stream<Path> left = Files.list(frames)) {
        for (Path file : left.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(frames);
    }
  }

  private void run() throws Exception {
    for (int i = 0; i < COUNTS.length; i++) {
      String of = "tasks_" + COUNTS[i] + "_specification_";
      figures.put(of + "json", SPECIFICATION_JSON[i]);
      figures.put(of + "msgpack", SPECIFICATION_MSGPACK[i]);
      figures.put(of + "msgpack_gzip", SPECIFICATION_GZIPPED[i]);
      measure("synthetic_" + COUNTS[i] + "_", SyntheticTasks.finished(COUNTS[i], 1));
      measure("corpus_" + COUNTS[i] + "_", CorpusTasks.tasks(COUNTS[i], 1));
    }
    Map<String, String> browser = browserTimes();
    browser.forEach((name, millis) -> figures.put(name, Double.valueOf(millis)));
    figures.finish();
  }

  private void measure(String of, List<Task> tasks) throws IOException {
    int count = tasks.size();
    List<Update> updates = new ArrayList<>();
    for (Task task : tasks) {
      updates.add(new Update.TaskUpdate(task));
    }
    long closed = tasks.get(count - 1).timestampMillis() + 20;
    Batch batch = new Batch("e1a2b3c4", 1, count, false, closed, updates);
    byte[] json = JsonFrames.encode(out -> JsonFrames.writeTasks(out, tasks)).getBytes();
    byte[] msgpack = MsgpackFrames.batch("celery:tasks", batch, NEVER).getBytes();
    byte[] columns = ColumnsFrames.batch("celery:tasks", batch, NEVER).getBytes();
    putSizes(of + "json", json);
    putSizes(of + "msgpack", msgpack);
    putSizes(of + "columns", columns);
    putTime(of + "msgpack_encode_ms", () -> MsgpackFrames.batch("celery:tasks", batch, 1024));
    putTime(of + "columns_encode_ms", () -> ColumnsFrames.batch("celery:tasks", batch, 1024));
    byte[] sent = ColumnsFrames.batch("celery:tasks", batch, THRESHOLD_BYTES).getBytes();
    putTime(of + "columns_decode_ms", () -> new ColumnsReader().read(sent));
    Files.write(frames.resolve(of + "columns"), sent);
    Files.write(
        frames.resolve(of + "msgpack"),
        MsgpackFrames.batch("celery:tasks", batch, THRESHOLD_BYTES).getBytes());
  }

  private void putSizes(String name, byte[] plain) {
    figures.put(name, plain.length);
    figures.put(name + "_gzip1", Gzip.compress(plain, 1).length);
    figures.put(name + "_gzip6", Gzip.compress(plain, 6).length);
  }

  /** The browser client's decoding time of each frame, by the figure's name. */
  private Map<String, String> browserTimes() throws Exception {
    Process browser =
        new ProcessBuilder(
                "node",
                Path.of("proof", "bench", "peers", "browser_decode.mjs").toString(),
                frames.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (browser.waitFor() != 0) {
      throw new IllegalStateException("browser_decode.mjs ended with " + browser.exitValue());
    }
    Map<String, String> times = new LinkedHashMap<>();
    Matcher pairs = Pattern.compile("\"(\\w+)\":([0-9.]+)").matcher(printed);
    while (pairs.find()) {
      times.put(pairs.group(1) + "_browser_decode_ms", pairs.group(2));
    }
    return times;
  }

  /**
   * The least CPU time of many runs, so that a busy machine costs patience and no precision; a
   * collection or compilation meanwhile is not in it.
   */
  private void putTime(String name, Supplier<Object> work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long best = Long.MAX_VALUE;
    long end = threads.getCurrentThreadCpuTime() + MEASURED_CPU_NANOS;
    int kept = 0;
    long before = threads.getCurrentThreadCpuTime();
    while (before < end) {
      kept += work.get().hashCode() & 1;
      long after = threads.getCurrentThreadCpuTime();
      best = Math.min(best, after - before);
      before = after;
    }
    figures.put(name, Figures.round(best / 1e6 + (kept < 0 ? 1 : 0)));
  }
}
