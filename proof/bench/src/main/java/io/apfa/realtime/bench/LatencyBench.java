package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * PUBLISH of an event into Redis until each of N sessions has its frame, beside the same run seen
 * by a page that polls the task list every 5 s. Arguments: sessions (100), events per second (170),
 * seconds (60), limits file (default limits), sessions that are measured (all). Those that are not
 * are a {@linkplain FanoutClients#crowd crowd}, so that reading them is not what is measured.
 */
final class LatencyBench {
  private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int RUNNING_TASKS = 40;
  private static final int WARMUP_SECONDS = 5;

  /** With a crowd the server is busy from the start, and what it does has to be compiled first. */
  private static final int CROWD_WARMUP_SECONDS = 60;

  private final Histogram pollMicros = new ConcurrentHistogram(PushLatency.MOST_MICROS, 3);
  private final AtomicLong pollBytes = new AtomicLong();

  private LatencyBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 170;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 60;
    String limits = arguments.length > 3 ? arguments[3] : "conf/limits.yaml";
    int measured = arguments.length > 4 ? Integer.parseInt(arguments[4]) : sessions;
    new LatencyBench().run(sessions, rate, seconds, limits, measured);
  }

  private void run(int sessions, int rate, int seconds, String limits, int measured)
      throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", limits));
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        FanoutClients crowd = FanoutClients.crowd();
        PushLatency push = PushLatency.open(vertx, cluster.httpPort(), measured);
        SteadyLoad load =
            SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push)) {
      Thread poller = startPoller(cluster.httpPort(), push);
      int warmUpSeconds = WARMUP_SECONDS;
      if (measured < sessions) {
        crowd.open(
            cluster.httpPort(), "/eventbus/websocket", sessions - measured, PushLatency.REGISTER);
        ServerProcess.preferReaders();
        warmUpSeconds = CROWD_WARMUP_SECONDS;
      }
      load.publishFor(warmUpSeconds, crowd);
      push.reset();
      pollMicros.reset();
      pollBytes.set(0);
      double cpuBefore = cluster.cpuSeconds();
      long before = System.nanoTime();
      int events = rate * seconds;
      load.publishFor(seconds, crowd);
      Pause.seconds(6);
      double elapsed = (System.nanoTime() - before) / 1e9;
      poller.interrupt();
      Figures figures =
          new Figures("latency-" + sessions + "-" + rate + (limits.contains("low") ? "-low" : ""));
      figures.put("sessions", sessions);
      figures.put("measured_sessions", measured);
      figures.put("events_per_second", rate);
      figures.put("events", events);
      figures.put("limits", limits);
      figures.putLatency("push", push.micros());
      figures.putLatency("poll_5s", pollMicros);
      figures.put("frames_per_session", Figures.round(push.frames() / (double) measured));
      figures.put("bytes_per_session", push.bytes() / measured);
      figures.put("poll_bytes_per_page", pollBytes.get());
      figures.put(
          "server_cpu_percent", Figures.round((cluster.cpuSeconds() - cpuBefore) / elapsed * 100));
      figures.put("server_rss_mb", cluster.node().rssBytes() / 1_048_576);
      figures.finish();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private Thread startPoller(int port, PushLatency push) {
    Thread poller =
        new Thread(
            () -> {
              java.util.Set<String> seen = new java.util.HashSet<>();
              long next = System.nanoTime();
              while (!Thread.currentThread().isInterrupted()) {
                next += POLL_NANOS;
                LockSupport.parkNanos(next - System.nanoTime());
                poll(port, push, seen);
              }
            },
            "poller");
    poller.setDaemon(true);
    poller.start();
    return poller;
  }

  /**
   * One poll: a state seen for the first time counts from its PUBLISH, as a polling page has it.
   */
  private void poll(int port, PushLatency push, java.util.Set<String> seen) {
    try {
      String body = ServerProcess.get("http://127.0.0.1:" + port + "/api/v1/tasks?limit=1000");
      long now = System.nanoTime();
      pollBytes.addAndGet(body.length());
      push.note(body, now, pollMicros, seen::add);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.io.IOException e) {
      System.err.println("poll: " + e);
    }
  }
}
