package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    Figures figures = new Figures("nodes");
    figures.put(
        "command",
        "scripts/bench nodes %d %d %d %s"
            .formatted(sessions, rate, seconds, String.join(" ", numbers)));
    figures.put("sessions", sessions);
    figures.put("updates_per_second", rate);
    figures.put("seconds_of_each", seconds);
    figures.put("rows", rows);
    figures.finish();
  }

  @SuppressWarnings("try") // the Redis only has to be there
  private Map<String, Object> measure(int nodes) throws Exception {
    int redisPort = ServerProcess.freePort();
    Vertx vertx = Vertx.vertx();
    List<AutoCloseable> open = new ArrayList<>();
    try (ServerProcess redis = ServerProcess.redis(redisPort);
        EventPublisher publisher = new EventPublisher(redisPort)) {
      List<Integer> httpPorts = ports(nodes);
      List<ServerProcess> cluster = start(redisPort, httpPorts, open);
      List<PushLatency> measured = new ArrayList<>();
      for (int port : httpPorts) {
        FanoutClients crowd = FanoutClients.crowd();
        open.add(crowd);
        crowd.open(port, "/eventbus/websocket", sessions / nodes, REGISTER);
        measured.add(PushLatency.open(vertx, port, MEASURED_PER_NODE));
      }
      SteadyLoad load =
          SteadyLoad.inStep(
              publisher,
              SteadyLoad.gapNanos(rate),
              RUNNING_TASKS,
              (uuid, step) -> measured.forEach(each -> each.onPublish(uuid, step)));
      load.start();
      Pause.seconds(WARM_UP_SECONDS);
      measured.forEach(PushLatency::reset);
      long updates = TaskPages.offset(httpPorts.get(0));
      double cpu = cpuSeconds(cluster);
      Pause.seconds(seconds);
      double loaded = cpuSeconds(cluster) - cpu;
      updates = TaskPages.offset(httpPorts.get(0)) - updates;
      load.end();
      Pause.seconds(SETTLE_SECONDS);
      cpu = cpuSeconds(cluster);
      Pause.seconds(seconds);
      double idle = cpuSeconds(cluster) - cpu;
      Histogram micros = new Histogram(PushLatency.MOST_MICROS, 3);
      measured.forEach(each -> micros.add(each.micros()));
      measured.forEach(PushLatency::close);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("nodes", nodes);
      row.put("cpu_us_per_update", Math.round((loaded - idle) * 1e6 / updates));
      row.put("cpu_percent", Figures.round(loaded / seconds * 100));
      row.put("cpu_percent_without_updates", Figures.round(idle / seconds * 100));
      row.put("p50_ms", Figures.round(micros.getValueAtPercentile(50) / 1000.0));
      row.put("p99_ms", Figures.round(micros.getValueAtPercentile(99) / 1000.0));
      row.put("updates", updates);
      row.put("sessions_lost", measured.stream().mapToInt(PushLatency::lost).sum());
      return row;
    } finally {
      for (int i = open.size() - 1; i >= 0; i--) {
        open.get(i).close();
      }
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static List<ServerProcess> start(
      int redisPort, List<Integer> httpPorts, List<AutoCloseable> open) throws Exception {
    List<Integer> clusterPorts = ports(httpPorts.size());
    String members =
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    List<ServerProcess> cluster = new ArrayList<>();
    for (int i = 0; i < httpPorts.size(); i++) {
      Map<String, String> environment = new HashMap<>();
      environment.put("APFA_CLUSTER_ENABLED", "true");
      environment.put("APFA_CLUSTER_MEMBERS", members);
      environment.put("APFA_CLUSTER_PORT", "" + clusterPorts.get(i));
      ServerProcess node =
          ServerProcess.apfa(
              "redis://127.0.0.1:" + redisPort + "/0",
              httpPorts.get(i),
              ServerProcess.freePort(),
              environment);
      open.add(node);
      cluster.add(node);
    }
    return cluster;
  }

  private static List<Integer> ports(int count) throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(ServerProcess.freePort());
    }
    return ports;
  }

  private static double cpuSeconds(List<ServerProcess> cluster) throws Exception {
    double seconds = 0;
    for (ServerProcess node : cluster) {
      seconds += node.cpuSeconds();
    }
    return seconds;
  }
}
