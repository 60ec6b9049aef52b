package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The specification's stream, 10,000 task updates in 60 s, by each transport in turn: how old an
 * update is when the page's code gets it, bytes on the wire with all heads, and processor time of
 * both sides. Each session is our browser client in Node under its defaults; beside them pages that
 * read the list of tasks every five seconds. Default limits.
 *
 * <p>Arguments: sessions (50), seconds of each transport (30), names of transports (all).
 */
final class TransportsBench {
  private static final int EVENTS_A_MINUTE = 10_000;
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SECONDS = 5;
  private static final int FIRST_WARM_UP_SECONDS = 30;
  private static final List<String> NAMES =
      List.of(
          "websocket",
          "websocket-columns",
          "sockjs-websocket",
          "sockjs-xhr-streaming",
          "sockjs-xhr-polling",
          "long-poll",
          "poll-5s");

  private final ServerProcess apfa;
  private final int httpPort;
  private final int sessions;
  private final int seconds;
  private double idleCpuPercent;

  private TransportsBench(ServerProcess apfa, int httpPort, int sessions, int seconds) {
    this.apfa = apfa;
    this.httpPort = httpPort;
    this.sessions = sessions;
    this.seconds = seconds;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 30;
    List<String> names =
        arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : NAMES;
    long gapNanos = TimeUnit.MINUTES.toNanos(1) / EVENTS_A_MINUTE;
    Figures figures = new Figures("transports");
    List<Map<String, Object>> rows = new ArrayList<>();
    try (Cluster cluster = Cluster.start(1, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        SteadyLoad load =
            SteadyLoad.inStep(publisher, gapNanos, RUNNING_TASKS, (uuid, step, due) -> {})) {
      load.start();
      TransportsBench bench =
          new TransportsBench(cluster.node(), cluster.httpPort(), sessions, seconds);
      bench.warmUp();
      for (String name : names) {
        Map<String, Object> row = bench.measure(name);
        System.out.println(row);
        rows.add(row);
      }
      figures.put("server_cpu_percent_without_sessions", bench.idleCpuPercent);
    }
    rows.add(specification("specification: WebSocket", 50, 200, 2_000, 5, 3));
    rows.add(specification("specification: poll of 5 s", 2_500, 5_000, 50_000, 12, 15));
    figures.put("sessions", sessions);
    figures.put("seconds_of_each", seconds);
    figures.put("updates_per_second", Figures.round(EVENTS_A_MINUTE / 60.0));
    figures.put("rows", rows);
    figures.finish();
  }

  /** The compilers get what they need, then the load alone is measured. */
  @SuppressWarnings("try") // the clients only have to be there
  private void warmUp() throws Exception {
    try (NodeProbe clients = clients("websocket", httpPort)) {
      Pause.seconds(FIRST_WARM_UP_SECONDS);
    }
    Pause.seconds(WARM_UP_SECONDS);
    double before = apfa.cpuSeconds();
    Pause.seconds(seconds);
    idleCpuPercent = Figures.round((apfa.cpuSeconds() - before) / seconds * 100);
  }

  private NodeProbe clients(String name, int port) throws Exception {
    return NodeProbe.open("transports.mjs", name, "" + port, "" + sessions);
  }

  private Map<String, Object> measure(String name) throws Exception {
    try (NetworkProxy network = new NetworkProxy(httpPort);
        NodeProbe clients = clients(name, network.port())) {
      Pause.seconds(WARM_UP_SECONDS);
      long offset = TaskPages.offset(httpPort);
      long bytes = network.bytesToClients();
      double cpu = apfa.cpuSeconds();
      clients.ask("begin");
      long begun = System.nanoTime();
      Pause.seconds(seconds);
      Map<String, Object> seen = clients.ask("figures");
      double elapsed = (System.nanoTime() - begun) / 1e9;
      cpu = apfa.cpuSeconds() - cpu;
      bytes = network.bytesToClients() - bytes;
      long updates = TaskPages.offset(httpPort) - offset;
      double clientPercent = number(seen, "client_cpu_seconds") / elapsed * 100;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("transport", name);
      for (String figure : List.of("mean_ms", "p50_ms", "p95_ms", "p99_ms")) {
        row.put(figure, seen.get(figure));
      }
      row.put("kilobytes_of_10_000_updates", scaled(bytes / (double) sessions / 1000, updates));
      row.put("client_cpu_percent_per_session", Figures.round(clientPercent / sessions));
      row.put("server_cpu_percent", Figures.round(cpu / elapsed * 100));
      row.put("updates", updates);
      row.put("updates_seen_per_session", Math.round(number(seen, "updates_seen") / sessions));
      row.put("errors", seen.get("errors"));
      return row;
    }
  }

  /** What {@code value} of so many updates is for 10,000 of them. */
  private static long scaled(double value, long updates) {
    return Math.round(value / updates * EVENTS_A_MINUTE);
  }

  private static double number(Map<String, Object> seen, String name) {
    return ((Number) seen.getOrDefault(name, 0)).doubleValue();
  }

  private static Map<String, Object> specification(
      String name, int mean, int p95, int kilobytes, int clientPercent, int serverPercent) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("transport", name);
    row.put("mean_ms", mean);
    row.put("p95_ms", p95);
    row.put("kilobytes_of_10_000_updates", kilobytes);
    row.put("client_cpu_percent_per_session", clientPercent);
    row.put("server_cpu_percent", serverPercent);
    return row;
  }
}
