package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Sessions in one room of which every tenth reads slowly, under a steady rate of updates, while the
 * server is held to one processor for a time: the flush interval the rate-limit verticle directs,
 * and the latency of the fast sessions, each second. The load and the Redis stay on the other
 * processor throughout. Meanwhile the limits are changed ten times, twice to nonsense.
 *
 * <p>Arguments: sessions (300), updates per second (500), seconds of each of the two phases (25),
 * limits file (conf/limits-low-latency.yaml), fast sessions that are measured (5), encoding of the
 * fast ones that are not (json). Those that are measured and the slow ones have JSON.
 */
final class SqueezeBench {
  private static final Pattern INTERVAL =
      Pattern.compile("(?m)^apfa_limits_flush_interval_seconds(?:\\{[^}]*})? (\\S+)$");
  private static final Pattern WAITING =
      Pattern.compile("(?m)^apfa_limits_pressure\\{kind=\"waiting\"} (\\S+)$");
  private static final Pattern CPU =
      Pattern.compile("(?m)^apfa_limits_pressure\\{kind=\"cpu\"} (\\S+)$");
  private static final Pattern CONNECTIONS =
      Pattern.compile("(?m)^apfa_ws_connections(?:\\{[^}]*})? (\\S+)$");
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SECONDS = 60;
  private static final int RETURN_SECONDS = 60;
  private static final int SETTLE_SECONDS = 10;
  private static final int SLOW_BYTES_PER_SECOND = 40_960;
  private static final double ALLOWED_MILLIS = 100;
  private static final int LIMIT_CHANGES = 10;

  private final List<Map<String, Object>> timeline = new ArrayList<>();
  private final int rate;
  private final int measured;
  private final String encoding;
  private final AtomicInteger passedSeconds = new AtomicInteger();
  private double intervalMillis;
  private double highestMillis;
  private double worstOverMillis = Double.NEGATIVE_INFINITY;
  private int secondsOver;
  private double mostOthersPercent;
  private double othersPercents;

  private SqueezeBench(int rate, int measured, String encoding) {
    this.rate = rate;
    this.measured = measured;
    this.encoding = encoding;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 25;
    String limits = arguments.length > 3 ? arguments[3] : "conf/limits-low-latency.yaml";
    int measured = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 5;
    String encoding = arguments.length > 5 ? arguments[5] : "json";
    new SqueezeBench(rate, measured, encoding).run(sessions, seconds, limits);
  }

  private void run(int sessions, int seconds, String limits) throws Exception {
    int slow = sessions / 10;
    Figures figures =
        new Figures(
            "squeeze-%d-%d%s"
                .formatted(sessions, rate, encoding.equals("json") ? "" : "-" + encoding));
    Path file = Files.createTempFile("apfa-squeeze", ".yaml");
    Files.writeString(file, Files.readString(Path.of(limits)));
    ServerProcess.pin(ProcessHandle.current().pid(), "1");
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", file.toString()));
        FanoutClients fast = FanoutClients.crowd();
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      ServerProcess.pin(cluster.redis().pid(), "1");
      ServerProcess.pin(cluster.node().pid(), "0,1");
      fast.open(
          cluster.httpPort(),
          "/eventbus/websocket",
          sessions - slow - measured,
          PushLatency.REGISTER.replace("\"json\"", "\"" + encoding + "\""));
      try (PushLatency push = PushLatency.open(vertx, cluster.httpPort(), measured);
          SlowReaders slowReaders =
              new SlowReaders(
                  cluster.httpPort(), slow, SLOW_BYTES_PER_SECOND, PushLatency.REGISTER);
          SteadyLoad load =
              SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push);
          LimitChanges changes =
              new LimitChanges(
                  vertx,
                  cluster.httpPort(),
                  file,
                  LIMIT_CHANGES,
                  TimeUnit.SECONDS.toNanos(2L * seconds) / LIMIT_CHANGES,
                  passedSeconds::get)) {
        String metrics = "http://127.0.0.1:" + cluster.managementPort() + "/metrics";
        Watch watch = new Watch(metrics, fast, push, cluster.node(), cluster.redis());
        figures.put("preferred_measuring_threads", ServerProcess.preferReaders());
        load.start();
        for (int i = 0; i < WARM_UP_SECONDS; i++) {
          observe(watch, "warm-up", false);
        }
        figures.put("sessions", sessions);
        figures.put("slow_sessions", slow);
        figures.put("updates_per_second", rate);
        figures.put("limits", limits);
        figures.put("encoding", encoding);
        changes.start();
        phase(figures, "calm", cluster.node(), watch, seconds);
        ServerProcess.pin(cluster.node().pid(), "0");
        phase(figures, "squeezed", cluster.node(), watch, seconds);
        ServerProcess.pin(cluster.node().pid(), "0,1");
        double shortestMillis = 5;
        int returned = 0;
        int overBefore = secondsOver;
        while (returned < RETURN_SECONDS && intervalMillis > shortestMillis) {
          observe(watch, "return", true);
          returned++;
        }
        figures.put("return_seconds", returned);
        figures.put("return_seconds_p99_over_interval_plus_100_ms", secondsOver - overBefore);
        figures.put("return_interval_ms", intervalMillis);
        List<Map<String, Object>> changed = changes.changes();
        int lost = slowReaders.lost() + push.lost();
        figures.put("sessions_lost", lost);
        figures.put("connections_at_the_end", number(CONNECTIONS, ServerProcess.get(metrics)));
        figures.put("highest_interval_ms", highestMillis);
        figures.put("worst_p99_less_interval_ms", Figures.round(worstOverMillis));
        figures.put("fast_messages", fast.messages());
        figures.put(
            "cpu_percent_of_strangers_mean", Figures.round(othersPercents / passedSeconds.get()));
        figures.put("cpu_percent_of_strangers_most", Figures.round(mostOthersPercent));
        figures.put("limit_changes", changed.size());
        figures.put("limit_changes_right", changed.stream().filter(SqueezeBench::isRight).count());
        figures.put(
            "limit_change_slowest_ms",
            changed.stream().mapToLong(change -> (Long) change.get("millis")).max().orElse(-1));
        load.end();
        figures.put("frames_with_a_hole_before", push.holes());
        figures.put("offsets_not_reached_at_the_end", missing(cluster.httpPort(), push));
        figures.put("changes", changed);
        figures.put("timeline", timeline);
        figures.finish();
      }
    } finally {
      Files.delete(file);
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static boolean isRight(Map<String, Object> change) {
    return Integer.valueOf(1).equals(change.get("ok"));
  }

  /** How many of the stream's offsets the measured sessions have not reached once it is over. */
  private long missing(int httpPort, PushLatency push) throws Exception {
    long end = TaskPages.offset(httpPort);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
    while (push.reached(measured) < end && System.nanoTime() < deadline) {
      Pause.millis(20);
    }
    return Math.max(0, end - push.reached(measured));
  }

  /**
   * What is looked at each second.
   *
   * @param metrics the URL of the server's metrics
   */
  private record Watch(
      String metrics,
      FanoutClients fast,
      PushLatency push,
      ServerProcess server,
      ServerProcess redis) {}

  private void phase(Figures figures, String name, ServerProcess apfa, Watch watch, int seconds)
      throws Exception {
    double cpuBefore = apfa.cpuSeconds();
    Map<String, Double> threadsBefore = apfa.cpuSecondsByThread();
    long before = System.nanoTime();
    highestMillis = name.equals("calm") ? 0 : highestMillis;
    double most = 0;
    int overBefore = secondsOver;
    Histogram all = new Histogram(PushLatency.MOST_MICROS, 3);
    for (int i = 0; i < seconds; i++) {
      all.add(observe(watch, name, true));
      most = Math.max(most, intervalMillis);
    }
    double elapsed = (System.nanoTime() - before) / 1e9;
    figures.put(name + "_interval_at_the_end_ms", intervalMillis);
    figures.put(name + "_interval_most_ms", most);
    figures.put(
        name + "_server_cpu_percent",
        Figures.round((apfa.cpuSeconds() - cpuBefore) / elapsed * 100));
    figures.put(name + "_server_cpu_percent_by_thread", busiest(apfa, threadsBefore, elapsed));
    figures.put(name + "_seconds_p99_over_interval_plus_100_ms", secondsOver - overBefore);
    figures.putLatency(name + "_fast", all);
  }

  /** The threads that used most, in percent of a processor. */
  private static String busiest(ServerProcess apfa, Map<String, Double> before, double elapsed)
      throws Exception {
    return apfa.cpuSecondsByThread().entrySet().stream()
        .map(
            now ->
                Map.entry(
                    now.getKey(),
                    (now.getValue() - before.getOrDefault(now.getKey(), 0.0)) / elapsed * 100))
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(6)
        .map(thread -> "%s %.0f".formatted(thread.getKey(), thread.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** Lets a second pass, and notes what was seen in it. */
  private Histogram observe(Watch watch, String phase, boolean counts) throws Exception {
    double before = intervalMillis;
    double cpuBefore = watch.server().cpuSeconds();
    double otherBefore = ServerProcess.otherCpuSeconds(watch.server(), watch.redis());
    long began = System.nanoTime();
    long messagesBefore = watch.fast().messages();
    Map<String, Double> threadsBefore = watch.server().cpuSecondsByThread();
    watch.fast().pingInTurn(passedSeconds.get());
    watch.push().micros().reset();
    Pause.seconds(1);
    Histogram seen = watch.push().micros().copy();
    double elapsed = (System.nanoTime() - began) / 1e9;
    String metrics = ServerProcess.get(watch.metrics());
    intervalMillis = 1000 * number(INTERVAL, metrics);
    int second = passedSeconds.incrementAndGet();
    double p99Millis = seen.getValueAtPercentile(99) / 1000.0;
    double over = p99Millis - Math.max(before, intervalMillis);
    if (counts) {
      highestMillis = Math.max(highestMillis, intervalMillis);
      worstOverMillis = Math.max(worstOverMillis, over);
      secondsOver += over > ALLOWED_MILLIS ? 1 : 0;
    }
    Map<String, Object> point = new LinkedHashMap<>();
    point.put("second", second);
    point.put("phase", phase);
    point.put("interval_ms", intervalMillis);
    point.put("p99_ms", Figures.round(p99Millis));
    point.put("waiting", Figures.round(number(WAITING, metrics)));
    point.put("cpu", Figures.round(number(CPU, metrics)));
    point.put(
        "server_cpu_percent",
        Figures.round((watch.server().cpuSeconds() - cpuBefore) / elapsed * 100));
    double others =
        (ServerProcess.otherCpuSeconds(watch.server(), watch.redis()) - otherBefore) / elapsed;
    mostOthersPercent = Math.max(mostOthersPercent, Math.max(0, others * 100));
    othersPercents += Math.max(0, others * 100);
    point.put("others_cpu_percent", Figures.round(Math.max(0, others * 100)));
    point.put(
        "frames_per_second", Math.round((watch.fast().messages() - messagesBefore) / elapsed));
    if (over > ALLOWED_MILLIS) {
      point.put("threads", busiest(watch.server(), threadsBefore, elapsed));
    }
    timeline.add(point);
    System.out.println(point);
    return seen;
  }

  private static double number(Pattern pattern, String metrics) {
    Matcher line = pattern.matcher(metrics);
    if (!line.find()) {
      throw new IllegalStateException("no " + pattern + " in the metrics");
    }
    return Double.parseDouble(line.group(1));
  }
}
