package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A long steady load with sessions that come and go: what of the server's grows. Looked at every
 * ten seconds of the second half: the least heap in use within a minute, resident and direct
 * memory, file descriptors, threads; each with its slope per hour and the slope's standard error.
 *
 * <p>Arguments: seconds (3,600), sessions (2,000), sessions that leave and come each second (10),
 * updates per second (500).
 */
final class SoakBench {
  private static final int MEASURED = 5;
  private static final int LOOK_SECONDS = 10;

  /** What is used right after a collection is the least of some time. */
  private static final int HEAP_SECONDS = 60;

  private static final int RUNNING_TASKS = 100;
  private static final double MEGABYTE = 1_048_576;

  private final Map<String, Slope> slopes = new LinkedHashMap<>();
  private final Map<String, Double> lasts = new LinkedHashMap<>();
  private double leastHeap = Double.MAX_VALUE;

  private SoakBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3_600;
    int sessions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2_000;
    int churn = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    int rate = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 500;
    new SoakBench().run(seconds, sessions, churn, rate);
  }

  private void run(int seconds, int sessions, int churn, int rate) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(1, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        PushLatency push = PushLatency.open(vertx, cluster.httpPort(), MEASURED);
        SteadyLoad load =
            SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push);
        ChurningClients clients =
            new ChurningClients(
                cluster.httpPort(),
                sessions - MEASURED,
                churn,
                PushLatency.REGISTER.replace("\"json\"", "\"msgpack-columns\""))) {
      load.start();
      double cpuBefore = cluster.cpuSeconds();
      long began = System.nanoTime();
      for (int second = LOOK_SECONDS; second <= seconds; second += LOOK_SECONDS) {
        Pause.until(began + TimeUnit.SECONDS.toNanos(second));
        if (second > seconds / 2) {
          look(second, cluster.node(), cluster.managementPort());
        } else {
          push.reset();
        }
      }
      double elapsed = (System.nanoTime() - began) / 1e9;
      Figures figures = new Figures("soak");
      figures.put("seconds", seconds);
      figures.put("sessions", sessions);
      figures.put("sessions_come_and_go_per_second", churn);
      figures.put("updates_per_second", rate);
      figures.put("sessions_opened", clients.opened());
      figures.put("sessions_lost", clients.lost() + push.lost());
      figures.put("frames_with_a_hole_before", push.holes());
      figures.putLatency("push", push.micros());
      figures.put(
          "server_cpu_percent", Figures.round((cluster.cpuSeconds() - cpuBefore) / elapsed * 100));
      List<String> growing = new ArrayList<>();
      slopes.forEach(
          (name, slope) -> {
            Slope.Growth growth = slope.growth();
            figures.put(name + "_at_the_end", Figures.round(lasts.getOrDefault(name, 0.0)));
            figures.put(name + "_per_hour", Figures.round(growth.perHour()));
            figures.put(name + "_per_hour_error", Figures.round(growth.error()));
            if (growth.isGrowing()) {
              growing.add(name);
            }
          });
      figures.put("growing", String.join(", ", growing));
      figures.finish();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void look(int second, ServerProcess server, int managementPort) throws Exception {
    String metrics = ServerProcess.get("http://127.0.0.1:" + managementPort + "/metrics");
    leastHeap = Math.min(leastHeap, sum(metrics, "jvm_memory_used_bytes{area=\"heap\"") / MEGABYTE);
    if (second % HEAP_SECONDS == 0) {
      note(second, "least_heap_of_a_minute_mb", leastHeap);
      leastHeap = Double.MAX_VALUE;
    }
    note(second, "rss_mb", server.rssBytes() / MEGABYTE);
    note(
        second, "direct_mb", sum(metrics, "jvm_buffer_memory_used_bytes{id=\"direct\"") / MEGABYTE);
    note(second, "file_descriptors", (double) server.fileDescriptors());
    note(second, "threads", (double) server.threads());
  }

  private void note(int second, String name, double value) {
    slopes.computeIfAbsent(name, n -> new Slope()).add(second, value);
    lasts.put(name, value);
  }

  private static double sum(String metrics, String prefix) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(prefix))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
