package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.apfa.realtime.launcher.FaultyNode;
import io.apfa.realtime.testkit.FreePort;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Three nodes and a real Redis, to be hurt. Started in order, so that the first owns the source,
 * the second leads the bridges, and the third stands by for both; sessions are on the last two.
 * Confined to the test's thread.
 */
final class FaultRig implements AutoCloseable {
  static final int OWNER = 0;
  static final int BRIDGE = 1;
  static final int STANDBY = 2;

  private static final List<String> ROLES =
      List.of(
          "broadcaster,ratelimit",
          "celery-bridge,gateway,ratelimit",
          "broadcaster,celery-bridge,gateway,ratelimit");

  private final RedisServer redis = RedisServer.start();
  private final Path limits;
  private final List<Integer> clusterPorts = new ArrayList<>();
  private final List<Integer> httpPorts = new ArrayList<>();
  private final ApfaProcess[] nodes = new ApfaProcess[ROLES.size()];
  private final AtomicInteger connects = new AtomicInteger();

  FaultRig() throws IOException {
    limits = Files.createTempFile("apfa-e2e-limits", ".yaml");
    Files.writeString(
        limits, "gateway:\n  connects-per-second: 5000\n  sessions-per-user: 20000\n");
    for (int i = 0; i < ROLES.size(); i++) {
      clusterPorts.add(FreePort.find());
      httpPorts.add(FreePort.find());
    }
    try {
      startAll();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Starts every node, those that must lead before the one that stands by. */
  void startAll() {
    start(OWNER);
    start(BRIDGE);
    nodes[OWNER].awaitReady();
    nodes[BRIDGE].awaitReady();
    start(STANDBY);
    nodes[STANDBY].awaitReady();
    await("roles taken")
        .atMost(Duration.ofSeconds(30))
        .until(() -> leads(OWNER, "apfa_owner") && leads(BRIDGE, "apfa_bridge_leading"));
  }

  private void start(int node) {
    String members = String.join(",", clusterPorts.stream().map(p -> "127.0.0.1:" + p).toList());
    nodes[node] =
        ApfaProcess.start(
            List.of(
                "-cp",
                classesOf(FaultyNode.class) + java.io.File.pathSeparator + ApfaProcess.JAR,
                FaultyNode.class.getName()),
            Map.of(
                "APFA_GATEWAY_HTTP_PORT", httpPorts.get(node).toString(),
                "APFA_BROKER_URL", redis.url(),
                "APFA_CLUSTER_ENABLED", "true",
                "APFA_CLUSTER_MEMBERS", members,
                "APFA_CLUSTER_PORT", clusterPorts.get(node).toString(),
                "APFA_LIMITS_FILE", limits.toString()),
            "--roles=" + ROLES.get(node));
  }

  private static Path classesOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  RedisServer redis() {
    return redis;
  }

  ApfaProcess node(int node) {
    return nodes[node];
  }

  boolean leads(int node, String metric) {
    return nodes[node].metric(metric) == 1;
  }

  /** A gateway's port, of the next in turn that is not known to be dead. */
  int nextPort() {
    int turn = BRIDGE + Math.floorMod(connects.getAndIncrement(), 2);
    boolean alive = nodes[turn].process().isAlive();
    return httpPorts.get(alive ? turn : BRIDGE + STANDBY - turn);
  }

  /** The port of a node's gateway. */
  int port(int node) {
    return httpPorts.get(node);
  }

  /** The standby's gateway, or the other one when it is dead. */
  int portOfStandby() {
    return httpPorts.get(nodes[STANDBY].process().isAlive() ? STANDBY : BRIDGE);
  }

  /** The gateway with more sessions. */
  int busiestGateway() {
    String sessions = "apfa_ws_connections";
    return nodes[BRIDGE].metric(sessions) > nodes[STANDBY].metric(sessions) ? BRIDGE : STANDBY;
  }

  /** CPU used so far by each node that lives, and by the clients in this JVM, in milliseconds. */
  Map<String, Long> cpuMillis() {
    Map<String, Long> all = new TreeMap<>();
    for (int node = 0; node < nodes.length; node++) {
      Process process = nodes[node].process();
      if (process.isAlive()) {
        all.put("node_" + node, cpuMillis(process.toHandle()));
      }
    }
    all.put("clients", cpuMillis(ProcessHandle.current()));
    return all;
  }

  private static long cpuMillis(ProcessHandle process) {
    return process.info().totalCpuDuration().map(Duration::toMillis).orElse(0L);
  }

  /** Ends nodes at once, like kill -9. */
  void kill(int... killed) {
    for (int node : killed) {
      nodes[node].process().destroyForcibly();
    }
    for (int node : killed) {
      nodes[node].kill();
    }
  }

  /** Stops a node in its tracks, or lets it go on. */
  void signal(int node, String name) throws IOException, InterruptedException {
    Processes.signal(nodes[node].process(), name);
  }

  /** Makes the gateways' event bus lose every {@code every}th batch; 1 = all, 0 = none. */
  void drop(int every) throws IOException {
    for (int node : List.of(BRIDGE, STANDBY)) {
      ApfaProcess gateway = nodes[node];
      String command = "drop " + every;
      long before = gateway.output().lines().filter(line -> line.contains(command)).count();
      gateway.process().getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      gateway.process().getOutputStream().flush();
      await("faults taken")
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  gateway.output().lines().filter(line -> line.contains(command)).count() > before);
    }
  }

  @Override
  public void close() throws IOException {
    for (ApfaProcess node : nodes) {
      if (node != null) {
        node.kill();
      }
    }
    redis.close();
    Files.deleteIfExists(limits);
  }
}
