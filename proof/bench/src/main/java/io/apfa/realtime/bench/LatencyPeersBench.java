package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * How late a few of many sessions have what is due at a steady rate (a server that keeps the
 * publisher waiting is late by that, too), ours beside servers that others use and beside a bare
 * loop, one after the other in the same run. The others take a message of {@value #BYTES} bytes
 * straight from the publisher; ours hears an event on Redis, keeps a table of tasks and a log, and
 * sends what changed. Most sessions are a {@linkplain FanoutClients#crowd crowd}, so that reading
 * them is not what is measured. Ours has the low-latency limits, and the default ones as {@code
 * apfa-default}; {@code apfa-2} is two nodes with half of the sessions each.
 *
 * <p>Arguments: sessions (1,000), messages per second (170), seconds of each (20), names (all).
 */
final class LatencyPeersBench {
  private static final int BYTES = 500;
  private static final int MEASURED = 10;
  private static final int RUNNING_TASKS = 40;
  private static final int PEER_WARM_UP_SECONDS = 5;
  private static final int WARM_UP_SECONDS = 60;
  private static final String LOW_LATENCY = "conf/limits-low-latency.yaml";
  private static final List<String> NAMES =
      List.of("bare", "nchan", "ws", "socketio", "mosquitto", "apfa", "apfa-2", "apfa-default");

  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final int sessions;
  private final int rate;
  private final int seconds;

  private LatencyPeersBench(int sessions, int rate, int seconds) {
    this.sessions = sessions;
    this.rate = rate;
    this.seconds = seconds;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 170;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    List<String> names =
        arguments.length > 3 ? List.of(arguments).subList(3, arguments.length) : NAMES;
    LatencyPeersBench bench = new LatencyPeersBench(sessions, rate, seconds);
    for (String name : names) {
      switch (name) {
        case "apfa" -> bench.measureOurs(name, 1, LOW_LATENCY);
        case "apfa-2" -> bench.measureOurs(name, 2, LOW_LATENCY);
        case "apfa-default" -> bench.measureOurs(name, 1, "conf/limits.yaml");
        default -> bench.measure(name);
      }
    }
    Figures figures = new Figures("latency-peers-" + sessions + "-" + rate);
    figures.put("sessions", sessions);
    figures.put("measured_sessions", MEASURED);
    figures.put("messages_per_second", rate);
    figures.put("rows", bench.rows);
    figures.finish();
  }

  private void measure(String name) throws Exception {
    AtomicLongArray publishedNanos = new AtomicLongArray(1 + rate * seconds);
    Histogram micros = new ConcurrentHistogram(PushLatency.MOST_MICROS, 3);
    try (FanoutPeer peer = FanoutPeer.named(name);
        FanoutClients measured =
            FanoutClients.heardBy(
                number -> {
                  long published =
                      number < publishedNanos.length() ? publishedNanos.get(number) : 0;
                  if (published > 0) {
                    micros.recordValue((System.nanoTime() - published) / 1000);
                  }
                });
        FanoutClients crowd = FanoutClients.crowd()) {
      // in the middle: most servers write to those first that came first
      int before = (sessions - MEASURED) / 2;
      peer.connect(crowd, before);
      peer.connect(measured, MEASURED);
      peer.connect(crowd, sessions - MEASURED - before);
      ServerProcess.preferReaders();
      FanoutBench.publishSteadily(
          (i, due) -> peer.publish(BYTES), PEER_WARM_UP_SECONDS * rate, rate);
      Pause.seconds(1);
      measured.countAnew();
      long heard = measured.messages();
      long others = crowd.messages();
      double cpu = peer.cpuSeconds();
      long began = System.nanoTime();
      FanoutBench.publishSteadily(
          (i, due) -> {
            publishedNanos.set(i + 1, due);
            peer.publish(BYTES);
          },
          seconds * rate,
          rate);
      cpu = (peer.cpuSeconds() - cpu) / secondsSince(began);
      Pause.seconds(1);
      heard = measured.messages() - heard;
      others = crowd.messages() - others;
      note(name, micros, cpu, heard, others);
    }
  }

  private void measureOurs(String name, int nodes, String limits) throws Exception {
    Vertx vertx = Vertx.vertx();
    List<PushLatency> measured = new ArrayList<>();
    try (Cluster cluster = Cluster.start(nodes, Map.of("APFA_LIMITS_FILE", limits));
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        SteadyLoad load =
            SteadyLoad.inStep(
                publisher,
                SteadyLoad.gapNanos(rate),
                RUNNING_TASKS,
                (uuid, step, due) -> measured.forEach(each -> each.onPublish(uuid, step, due)));
        FanoutClients crowd = FanoutClients.crowd()) {
      for (int port : cluster.httpPorts()) {
        measured.add(PushLatency.open(vertx, port, MEASURED / nodes));
        int others = (sessions - MEASURED) / nodes;
        crowd.open(port, "/eventbus/websocket", others, PushLatency.REGISTER);
      }
      ServerProcess.preferReaders();
      load.publishFor(WARM_UP_SECONDS, crowd);
      measured.forEach(PushLatency::reset);
      long others = crowd.messages();
      double cpu = cluster.cpuSeconds();
      long began = System.nanoTime();
      load.publishFor(seconds, crowd);
      cpu = (cluster.cpuSeconds() - cpu) / secondsSince(began);
      Pause.seconds(1);
      Histogram micros = new Histogram(PushLatency.MOST_MICROS, 3);
      measured.forEach(each -> micros.add(each.micros()));
      long frames = measured.stream().mapToLong(PushLatency::frames).sum();
      note(name, micros, cpu, frames, crowd.messages() - others);
    } finally {
      measured.forEach(PushLatency::close);
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  /**
   * Of the messages: those that the measured sessions had, and those of all others.
   *
   * @param cpu of the server, in processors
   */
  private void note(String name, Histogram micros, double cpu, long heard, long others) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("server", name);
    row.put("p50_ms", Figures.millis(micros, 50));
    row.put("p95_ms", Figures.millis(micros, 95));
    row.put("p99_ms", Figures.millis(micros, 99));
    row.put("max_ms", Figures.round(micros.getMaxValue() / 1000.0));
    row.put("server_cpu_percent", Figures.round(cpu * 100));
    row.put("messages_each", Figures.round(heard / (double) MEASURED));
    row.put("messages_of_each_other", Figures.round(others / (double) (sessions - MEASURED)));
    System.out.println(row);
    rows.add(row);
  }
}
