package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What a node more costs: clusters of some nodes that have all roles each, the same sessions spread
 * evenly over their gateways, the same updates. CPU time of all nodes together for an update and
 * while nothing happens, and how late ten sessions of each node have what is published. Default
 * limits, batches of {@code msgpack-columns}.
 *
 * <p>Arguments: sessions (1,000), updates per second (100), seconds of each (20), numbers of nodes
 * (1 2 4).
 */
final class NodesBench {
  private static final int MEASURED_PER_NODE = 10;
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SECONDS = 30;
  private static final int SETTLE_SECONDS = 3;
  private static final List<String> NUMBERS = List.of("1", "2", "4");
  private static final String REGISTER = PushLatency.REGISTER.replace("json", "msgpack-columns");

  private final int sessions;
  private final int rate;
  private final int seconds;

  private NodesBench(int sessions, int rate, int seconds) {
    this.sessions = sessions;
    this.rate = rate;
    this.seconds = seconds;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    List<String> numbers =
        arguments.length > 3 ? List.of(arguments).subList(3, arguments.length) : NUMBERS;
    NodesBench bench = new NodesBench(sessions, rate, seconds);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String number : numbers) {
      Map<String, Object> row = bench.measure(Integer.parseInt(number));
      System.out.println(row);
      rows.add(row);
    }
    Figures figures = new Figures("nodes-" + sessions);
    figures.put("sessions", sessions);
    figures.put("updates_per_second", rate);
    figures.put("seconds_of_each", seconds);
    figures.put("rows", rows);
    figures.finish();
  }

  private Map<String, Object> measure(int nodes) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(nodes, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        FanoutClients crowd = FanoutClients.crowd()) {
      List<PushLatency> measured = new ArrayList<>();
      for (int port : cluster.httpPorts()) {
        crowd.open(port, "/eventbus/websocket", sessions / nodes - MEASURED_PER_NODE, REGISTER);
        measured.add(PushLatency.open(vertx, port, MEASURED_PER_NODE));
      }
      try (SteadyLoad load =
          SteadyLoad.inStep(
              publisher,
              SteadyLoad.gapNanos(rate),
              RUNNING_TASKS,
              (uuid, step, due) -> measured.forEach(each -> each.onPublish(uuid, step, due)))) {
        load.start();
        pingFor(WARM_UP_SECONDS, crowd);
        measured.forEach(PushLatency::reset);
        long updates = TaskPages.offset(cluster.httpPort());
        double loaded = cpuSeconds(cluster, crowd);
        updates = TaskPages.offset(cluster.httpPort()) - updates;
        load.end();
        pingFor(SETTLE_SECONDS, crowd);
        double idle = cpuSeconds(cluster, crowd);
        Histogram micros = new Histogram(PushLatency.MOST_MICROS, 3);
        measured.forEach(each -> micros.add(each.micros()));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("nodes", nodes);
        row.put("cpu_us_per_update", Math.round((loaded - idle) * 1e6 / updates));
        row.put("cpu_percent", Figures.round(loaded / seconds * 100));
        row.put("cpu_percent_without_updates", Figures.round(idle / seconds * 100));
        row.put("p50_ms", Figures.millis(micros, 50));
        row.put("p99_ms", Figures.millis(micros, 99));
        row.put("updates", updates);
        row.put("sessions_lost", measured.stream().mapToInt(PushLatency::lost).sum());
        return row;
      } finally {
        measured.forEach(PushLatency::close);
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  /** CPU seconds of all nodes in the seconds of each. */
  private double cpuSeconds(Cluster cluster, FanoutClients crowd) throws Exception {
    double cpu = cluster.cpuSeconds();
    pingFor(seconds, crowd);
    return cluster.cpuSeconds() - cpu;
  }

  private static void pingFor(int seconds, FanoutClients crowd) throws Exception {
    for (int second = 0; second < seconds; second++) {
      crowd.pingInTurn(second);
      Pause.seconds(1);
    }
  }
}
