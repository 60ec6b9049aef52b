package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Events from Redis to task table, per CPU-second of the whole process (collector and compiler
 * included, once it is warm): ours, then Celery's own {@code Receiver} and {@code State}, fed the
 * same bytes in the same run, one event a message and in lists of 24.
 *
 * <p>As delivered: the state in a Redis, the table at its bound of 100,000 tasks, which the warm-up
 * fills, so that each new task makes an old one leave.
 *
 * <p>The compilers are part of the process: until they have done their work, minutes later, they
 * cost a sixth of it.
 *
 * <p>Arguments: events measured (1,200,000), events a message (both: 1,24), seconds of the same
 * load before (300).
 */
final class IngestBench {
  private static final int REFERENCE_EVENTS = 200_000;

  /** Slow at first: the JVM is still compiling. */
  private static final int FIRST_EVENTS = 400_000;

  private static final int FIRST_EVENTS_PER_SECOND = 20_000;

  private static final Pattern REFERENCE =
      Pattern.compile("events (\\d+) tasks \\d+ cpu ([0-9.]+)");

  private IngestBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_200_000;
    String modes = arguments.length > 1 ? arguments[1] : "1,24";
    int warmupSeconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 300;
    Figures figures = new Figures("ingest");
    figures.put("events", events);
    figures.put("warmup_seconds", warmupSeconds);
    for (String perMessage : modes.split(",", -1)) {
      String mode = perMessage.equals("1") ? "single" : "lists_of_" + perMessage;
      double ours = ours(events, Integer.parseInt(perMessage), warmupSeconds, mode, figures);
      double reference = reference(Integer.parseInt(perMessage));
      figures.put(mode + "_ours_events_per_cpu_second", Math.round(ours));
      figures.put(mode + "_celery_events_per_cpu_second", Math.round(reference));
      figures.put(mode + "_ratio", Figures.round(ours / reference));
    }
    figures.finish();
  }

  private static double ours(
      int events, int perMessage, int warmupSeconds, String mode, Figures figures)
      throws Exception {
    try (Cluster cluster =
            Cluster.start(1, port -> Map.of("APFA_STATE_URL", "redis://127.0.0.1:" + port + "/1"));
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      IngestLoad load = new IngestLoad(perMessage);
      load.publish(publisher, FIRST_EVENTS, FIRST_EVENTS_PER_SECOND);
      int warmup = warmupSeconds * pace(perMessage);
      load.publish(publisher, warmup, pace(perMessage));
      IngestLoad.await(cluster.managementPort(), FIRST_EVENTS + warmup);
      double cpuBefore = cluster.cpuSeconds();
      double kernelBefore = cluster.node().kernelCpuSeconds();
      Map<String, Double> threadsBefore = cluster.node().cpuSecondsByThread();
      load.publish(publisher, events, pace(perMessage));
      IngestLoad.await(cluster.managementPort(), FIRST_EVENTS + warmup + events);
      double seconds = cluster.cpuSeconds() - cpuBefore;
      figures.put(
          mode + "_cpu_seconds_in_kernel",
          Figures.round(cluster.node().kernelCpuSeconds() - kernelBefore));
      cluster
          .node()
          .cpuSecondsByThread()
          .forEach(
              (thread, total) -> {
                double spent = total - threadsBefore.getOrDefault(thread, 0.0);
                if (spent >= 0.1) {
                  figures.put(mode + "_cpu_seconds_of_" + thread, Figures.round(spent));
                }
              });
      figures.put(mode + "_rss_mb", cluster.node().rssBytes() >> 20);
      return events / seconds;
    }
  }

  /** Events a second: what neither side falls behind at, for Redis cuts a reader that does. */
  private static int pace(int perMessage) {
    return Integer.getInteger("apfa.bench.pace", perMessage == 1 ? 30_000 : 60_000);
  }

  @SuppressWarnings("try") // the Redis only has to be there
  private static double reference(int perMessage) throws Exception {
    int redisPort = ServerProcess.freePort();
    try (ServerProcess redis = ServerProcess.redis(redisPort);
        EventPublisher publisher = new EventPublisher(redisPort)) {
      Process receiver =
          new ProcessBuilder(
                  "/usr/bin/python3",
                  Path.of("proof", "bench", "peers", "celery_receiver.py").toString(),
                  "redis://127.0.0.1:" + redisPort + "/0",
                  "" + REFERENCE_EVENTS)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader printed =
          new BufferedReader(
              new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
        printed.readLine();
        Pause.seconds(1);
        new IngestLoad(perMessage).publish(publisher, REFERENCE_EVENTS, pace(perMessage) / 3);
        String line = printed.readLine();
        Matcher figures = REFERENCE.matcher(line == null ? "" : line);
        if (!figures.find()) {
          throw new IllegalStateException("celery_receiver.py printed: " + line);
        }
        return Long.parseLong(figures.group(1)) / Double.parseDouble(figures.group(2));
      } finally {
        receiver.destroyForcibly().waitFor();
      }
    }
  }
}
