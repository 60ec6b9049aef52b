package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Sessions that a server takes in for a CPU second of its whole process: handshake and what joins
 * the room where everything is published, by the same load client in the same run; what it takes at
 * rest is not counted. Each server first takes in and loses several crowds, so that its compilers
 * rest.
 *
 * <p>Arguments: sessions (3,000), crowds before (10), names of servers (all).
 */
final class ConnectsBench {
  private static final List<String> NAMES = List.of("apfa", "ws", "socketio", "nchan", "mosquitto");
  private static final int SETTLE_MILLIS = 1_500;
  private static final int REST_SECONDS = 4;

  /** Of the message that all must get, once they were counted. */
  private static final int CHECK_BYTES = 500;

  private final int sessions;
  private final int crowdsBefore;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  private ConnectsBench(int sessions, int crowdsBefore) {
    this.sessions = sessions;
    this.crowdsBefore = crowdsBefore;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3_000;
    int crowds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
    List<String> names =
        arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : NAMES;
    ConnectsBench bench = new ConnectsBench(sessions, crowds);
    for (String name : names) {
      if (name.equals("apfa")) {
        bench.measureOurs();
      } else {
        try (FanoutPeer peer = FanoutPeer.named(name)) {
          bench.measure(
              name,
              peer.process,
              clients -> peer.connect(clients, sessions),
              () -> peer.publish(CHECK_BYTES));
        }
      }
    }
    Figures figures = new Figures("connects");
    figures.put("sessions", sessions);
    figures.put("rows", bench.rows);
    figures.finish();
  }

  private void measureOurs() throws Exception {
    Path limits = Files.createTempFile("apfa-connects", ".yaml");
    Files.writeString(limits, "gateway:\n  connects-per-second: 100000\n");
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", limits.toString()));
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      measure(
          "apfa",
          cluster.node(),
          clients ->
              clients.open(
                  cluster.httpPort(), "/eventbus/websocket", sessions, PushLatency.REGISTER),
          () -> {
            double now = System.currentTimeMillis() / 1000.0;
            String event = EventPublisher.event(UUID.randomUUID().toString(), 1, now, 1);
            publisher.write(EventPublisher.command(List.of(event)));
            publisher.flush();
          });
    } finally {
      Files.delete(limits);
    }
  }

  /** A crowd's coming. */
  private interface Coming {
    void of(FanoutClients clients) throws Exception;
  }

  /** Sends one message to all. */
  private interface Check {
    void publish() throws Exception;
  }

  private void measure(String name, ServerProcess server, Coming coming, Check check)
      throws Exception {
    for (int i = 0; i < crowdsBefore; i++) {
      take(name, server, coming, check);
      Pause.millis(SETTLE_MILLIS);
    }
    double rest = server.cpuSeconds();
    Pause.seconds(REST_SECONDS);
    rest = (server.cpuSeconds() - rest) / REST_SECONDS;
    long begun = System.nanoTime();
    double cpu = take(name, server, coming, check);
    cpu -= rest * (System.nanoTime() - begun) / 1e9;
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("server", name);
    row.put("cpu_seconds", Figures.round(cpu));
    row.put("sessions_per_cpu_second", Math.round(sessions / cpu));
    row.put("cpu_percent_at_rest", Figures.round(rest * 100));
    System.out.println(row);
    rows.add(row);
  }

  /** The CPU seconds that a crowd's coming takes; that all have joined is seen afterwards. */
  private double take(String name, ServerProcess server, Coming coming, Check check)
      throws Exception {
    double before = server.cpuSeconds();
    try (FanoutClients clients = new FanoutClients()) {
      coming.of(clients);
      Pause.millis(SETTLE_MILLIS);
      double cpu = server.cpuSeconds() - before;
      long had = clients.messages();
      check.publish();
      ServerProcess.waitFor(name + " reaches all", () -> clients.messages() - had >= sessions);
      return cpu;
    }
  }
}
