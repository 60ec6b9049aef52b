package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What a session more costs one process: its CPU time for an update and for a delivery, and how
 * late ten sessions that came first and ten that came last have what is published, with so many
 * others beside them. Every update is a frame of its own to every session, JSON, default limits.
 * The server has one processor, all else the other.
 *
 * <p>Arguments: updates per second (5), seconds of each number (20), numbers of sessions (0 100
 * 1000 4000 9500).
 */
final class SessionsBench {
  private static final int MEASURED = 10;
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SESSIONS = 500;
  private static final int WARM_UP_UPDATES_PER_SECOND = 50;
  private static final int WARM_UP_SECONDS = 30;
  private static final int SETTLE_SECONDS = 5;
  private static final List<String> NUMBERS = List.of("100", "1000", "4000", "9500");

  private FanoutClients crowd = FanoutClients.crowd();
  private final ServerProcess apfa;
  private final int httpPort;
  private final EventPublisher publisher;
  private final int rate;
  private final int seconds;

  private SessionsBench(
      ServerProcess apfa, int httpPort, EventPublisher publisher, int rate, int seconds)
      throws IOException {
    this.apfa = apfa;
    this.httpPort = httpPort;
    this.publisher = publisher;
    this.rate = rate;
    this.seconds = seconds;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 25;
    List<String> numbers =
        arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : NUMBERS;
    Figures figures = new Figures("sessions-" + rate);
    ServerProcess.pin(ProcessHandle.current().pid(), "1");
    List<Map<String, Object>> rows = new ArrayList<>();
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(1, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      ServerProcess.pin(cluster.redis().pid(), "1");
      ServerProcess.pin(cluster.node().pid(), "0");
      SessionsBench bench =
          new SessionsBench(cluster.node(), cluster.httpPort(), publisher, rate, seconds);
      bench.warmUp();
      try (PushLatency first = PushLatency.open(vertx, cluster.httpPort(), MEASURED)) {
        int open = 0;
        for (String number : numbers) {
          int sessions = Integer.parseInt(number);
          bench.join(sessions - 2 * MEASURED - open);
          open = sessions - 2 * MEASURED;
          Map<String, Object> row = bench.measure(first, sessions);
          System.out.println(row);
          rows.add(row);
        }
      } finally {
        bench.crowd.close();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    figures.put("updates_per_second", rate);
    figures.put("seconds_of_each", seconds);
    figures.put("measured_sessions", 2 * MEASURED);
    figures.put("rows", rows);
    figures.finish();
  }

  private SteadyLoad load(int perSecond, SteadyLoad.Listener listener) {
    return SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(perSecond), RUNNING_TASKS, listener);
  }

  private void warmUp() throws Exception {
    join(WARM_UP_SESSIONS);
    try (SteadyLoad load = load(WARM_UP_UPDATES_PER_SECOND, (uuid, step, due) -> {})) {
      load.start();
      Pause.seconds(WARM_UP_SECONDS);
    }
    crowd.close();
    crowd = FanoutClients.crowd();
  }

  private void join(int sessions) throws Exception {
    crowd.open(httpPort, "/eventbus/websocket", sessions, PushLatency.REGISTER);
    crowd.say(FanoutClients.PING); // or they count as gone
  }

  private Map<String, Object> measure(PushLatency first, int sessions) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (PushLatency last = PushLatency.open(vertx, httpPort, MEASURED);
        SteadyLoad load =
            load(
                rate,
                (uuid, step, due) -> {
                  first.onPublish(uuid, step, due);
                  last.onPublish(uuid, step, due);
                })) {
      Pause.seconds(SETTLE_SECONDS);
      double idle = cpuPercent(seconds / 2);
      load.start();
      Pause.seconds(SETTLE_SECONDS);
      first.reset();
      last.reset();
      long updates = TaskPages.offset(httpPort);
      long deliveries = crowd.messages();
      double loaded = cpuPercent(seconds);
      deliveries = crowd.messages() - deliveries + first.frames() + last.frames();
      updates = TaskPages.offset(httpPort) - updates;
      double micros = (loaded - idle) / 100 * seconds * 1e6;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("sessions", sessions);
      row.put("updates", updates);
      row.put("frames_each", Figures.round(deliveries / (double) sessions));
      row.put("cpu_percent_without_updates", Figures.round(idle));
      row.put("cpu_percent", Figures.round(loaded));
      row.put("cpu_us_per_update", Math.round(micros / updates));
      row.put("cpu_us_per_delivery", Figures.round(micros / deliveries));
      latency(row, "first", first.micros());
      latency(row, "last", last.micros());
      return row;
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private double cpuPercent(int forSeconds) throws Exception {
    double cpu = apfa.cpuSeconds();
    long begun = System.nanoTime();
    Pause.seconds(forSeconds);
    return (apfa.cpuSeconds() - cpu) * 1e11 / (System.nanoTime() - begun);
  }

  private static void latency(Map<String, Object> row, String name, Histogram micros) {
    row.put(name + "_p50_ms", Figures.millis(micros, 50));
    row.put(name + "_p99_ms", Figures.millis(micros, 99));
  }
}
