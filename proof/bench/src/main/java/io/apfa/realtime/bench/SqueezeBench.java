package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Sessions in one room of which every tenth reads slowly, under a steady rate of updates, while the
 * server is held to one processor for a time: the flush interval the rate-limit verticle directs,
 * and the latency of the fast sessions, each second. The load and the Redis stay on the other
 * processor throughout. Arguments: sessions (300), updates per second (500), seconds of each of the
 * two phases (25), limits file (conf/limits-low-latency.yaml), fast sessions that are measured (5).
 */
final class SqueezeBench {
  private static final Pattern INTERVAL =
      Pattern.compile("(?m)^apfa_limits_flush_interval_seconds(?:\\{[^}]*})? (\\S+)$");
  private static final Pattern CONNECTIONS =
      Pattern.compile("(?m)^apfa_ws_connections(?:\\{[^}]*})? (\\S+)$");
  private static final int RUNNING_TASKS = 40;
  private static final int PING_SECONDS = 20;
  private static final int WARM_UP_SECONDS = 15;
  private static final int RETURN_SECONDS = 60;
  private static final int SLOW_BYTES_PER_SECOND = 40_960;
  private static final double ALLOWED_MILLIS = 100;

  private final StringBuilder timeline = new StringBuilder();
  private final int rate;
  private final int measured;
  private int second;
  private double intervalMillis;
  private double highestMillis;
  private double worstOverMillis = Double.NEGATIVE_INFINITY;
  private int secondsOver;

  private SqueezeBench(int rate, int measured) {
    this.rate = rate;
    this.measured = measured;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 25;
    String limits = arguments.length > 3 ? arguments[3] : "conf/limits-low-latency.yaml";
    int measured = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 5;
    new SqueezeBench(rate, measured).run(sessions, seconds, limits);
  }

  private void run(int sessions, int seconds, String limits) throws Exception {
    int redisPort = ServerProcess.freePort();
    int httpPort = ServerProcess.freePort();
    int managementPort = ServerProcess.freePort();
    String metrics = "http://127.0.0.1:" + managementPort + "/metrics";
    int slow = sessions / 10;
    Figures figures = new Figures("squeeze-" + sessions + "-" + rate);
    ServerProcess.pin(ProcessHandle.current().pid(), "1");
    Vertx vertx = Vertx.vertx();
    try (ServerProcess redis = ServerProcess.redis(redisPort);
        ServerProcess apfa =
            ServerProcess.apfa(
                "redis://127.0.0.1:" + redisPort + "/0",
                httpPort,
                managementPort,
                Map.of("APFA_LIMITS_FILE", limits));
        FanoutClients fast = new FanoutClients();
        EventPublisher publisher = new EventPublisher(redisPort)) {
      ServerProcess.pin(redis.pid(), "1");
      ServerProcess.pin(apfa.pid(), "0,1");
      fast.open(httpPort, "/eventbus/websocket", sessions - slow - measured, PushLatency.REGISTER);
      try (PushLatency push = PushLatency.open(vertx, httpPort, measured);
          SlowReaders slowReaders =
              new SlowReaders(httpPort, slow, SLOW_BYTES_PER_SECOND, PushLatency.REGISTER);
          SteadyLoad load =
              SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push)) {
        Watch watch = new Watch(metrics, fast, push);
        load.start();
        for (int i = 0; i < WARM_UP_SECONDS; i++) {
          observe(watch, "warm-up", false);
        }
        figures.put("sessions", sessions);
        figures.put("slow_sessions", slow);
        figures.put("updates_per_second", rate);
        figures.put("limits", limits);
        phase(figures, "calm", apfa, watch, seconds);
        ServerProcess.pin(apfa.pid(), "0");
        phase(figures, "squeezed", apfa, watch, seconds);
        ServerProcess.pin(apfa.pid(), "0,1");
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
        int lost = slowReaders.lost() + push.lost();
        figures.put("sessions_lost", lost);
        figures.put("connections_at_the_end", number(CONNECTIONS, ServerProcess.get(metrics)));
        figures.put("highest_interval_ms", highestMillis);
        figures.put("worst_p99_less_interval_ms", Figures.round(worstOverMillis));
        figures.put("fast_messages", fast.messages());
        figures.put("timeline_phase_second_interval_p99_ms", timeline.toString().strip());
        figures.finish();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  /**
   * What is looked at each second.
   *
   * @param metrics the URL of the server's metrics
   */
  private record Watch(String metrics, FanoutClients fast, PushLatency push) {}

  private void phase(Figures figures, String name, ServerProcess apfa, Watch watch, int seconds)
      throws Exception {
    double cpuBefore = apfa.cpuSeconds();
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
    figures.put(name + "_seconds_p99_over_interval_plus_100_ms", secondsOver - overBefore);
    figures.putLatency(name + "_fast", all);
  }

  /** Lets a second pass, and notes what was seen in it. */
  private Histogram observe(Watch watch, String phase, boolean counts) throws Exception {
    double before = intervalMillis;
    if (second % PING_SECONDS == 0) {
      watch.fast().say("{\"type\":\"ping\"}");
    }
    watch.push().micros().reset();
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    Histogram seen = watch.push().micros().copy();
    intervalMillis = 1000 * number(INTERVAL, ServerProcess.get(watch.metrics()));
    second++;
    double p99Millis = seen.getValueAtPercentile(99) / 1000.0;
    if (counts) {
      highestMillis = Math.max(highestMillis, intervalMillis);
      double over = p99Millis - Math.max(before, intervalMillis);
      worstOverMillis = Math.max(worstOverMillis, over);
      secondsOver += over > ALLOWED_MILLIS ? 1 : 0;
    }
    timeline.append(
        "%s:%d:%.0f:%.1f ".formatted(phase.substring(0, 1), second, intervalMillis, p99Millis));
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
