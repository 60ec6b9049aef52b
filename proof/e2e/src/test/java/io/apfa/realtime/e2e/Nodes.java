package io.apfa.realtime.e2e;

import io.apfa.realtime.testkit.FreePort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Nodes of one system: one JVM, or several clustered over loopback. Confined to the test's thread.
 */
final class Nodes implements AutoCloseable {
  private final List<String> roles = new ArrayList<>();
  private final List<Map<String, String>> environments = new ArrayList<>();
  private final List<ApfaProcess> processes = new ArrayList<>();
  private final List<ApfaProcess> replaced = new ArrayList<>();
  private final List<Integer> sparePorts = new ArrayList<>();
  private final List<String> program;

  private Nodes(List<String> program) {
    this.program = program;
  }

  /** All roles in one JVM. */
  static Nodes oneJvm(String brokerUrl) {
    return oneJvm(brokerUrl, Map.of());
  }

  /** All roles in one JVM, with more settings. */
  static Nodes oneJvm(String brokerUrl, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("APFA_BROKER_URL", brokerUrl);
    Nodes nodes = new Nodes(ApfaProcess.PROGRAM);
    nodes.add("gateway", all, ApfaProcess.start(all));
    return nodes.awaitReady();
  }

  /** One role in each of four JVMs. */
  static Nodes fourJvms(String brokerUrl) {
    return cluster(brokerUrl, Map.of(), "broadcaster", "ratelimit", "celery-bridge", "gateway");
  }

  /** A clustered node for each of {@code rolesOfNodes}, all started at once. */
  static Nodes cluster(String brokerUrl, Map<String, String> environment, String... rolesOfNodes) {
    return cluster(brokerUrl, environment, false, rolesOfNodes);
  }

  /**
   * The same, each started when the one before is ready: sooner done, as nodes that start at once
   * first have to agree on who founds the cluster.
   */
  static Nodes clusterInTurn(String brokerUrl, String... rolesOfNodes) {
    return cluster(brokerUrl, Map.of(), true, rolesOfNodes);
  }

  private static Nodes cluster(
      String brokerUrl, Map<String, String> environment, boolean inTurn, String... rolesOfNodes) {
    Nodes nodes = new Nodes(ApfaProcess.PROGRAM);
    List<Integer> ports = freePorts(rolesOfNodes.length);
    Map<String, String> all = clustered(brokerUrl, environment, onLoopback(ports));
    for (int i = 0; i < rolesOfNodes.length; i++) {
      nodes.start(rolesOfNodes[i], withPort(all, ports.get(i)));
      if (inTurn) {
        nodes.awaitReady();
      }
    }
    return nodes.awaitReady();
  }

  /**
   * A clustered node for each of {@code rolesOfNodes}, each of which can be replaced once; the
   * first founds the cluster, the others join it together.
   *
   * @param jvmOptions of every node
   */
  static Nodes replaceable(
      String brokerUrl,
      Map<String, String> environment,
      List<String> jvmOptions,
      String... rolesOfNodes) {
    List<String> program = new ArrayList<>(jvmOptions);
    program.addAll(ApfaProcess.PROGRAM);
    Nodes nodes = new Nodes(program);
    List<Integer> ports = freePorts(2 * rolesOfNodes.length);
    nodes.sparePorts.addAll(ports.subList(rolesOfNodes.length, ports.size()));
    Map<String, String> all = clustered(brokerUrl, environment, onLoopback(ports));
    for (int i = 0; i < rolesOfNodes.length; i++) {
      nodes.start(rolesOfNodes[i], withPort(all, ports.get(i)));
      if (i == 0) {
        nodes.orClose(nodes.processes.get(0)::awaitLive);
      }
    }
    return nodes.awaitReady();
  }

  private static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(FreePort.find());
    }
    return ports;
  }

  private static List<String> onLoopback(List<Integer> ports) {
    return ports.stream().map(port -> "127.0.0.1:" + port).toList();
  }

  /** What every node of a cluster of {@code members}, each a host and port, is told. */
  static Map<String, String> clustered(
      String brokerUrl, Map<String, String> environment, List<String> members) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("APFA_BROKER_URL", brokerUrl);
    all.put("APFA_CLUSTER_ENABLED", "true");
    all.put("APFA_CLUSTER_MEMBERS", String.join(",", members));
    return all;
  }

  /**
   * Starts another node beside {@code old}, with its roles, and waits until it is ready; {@code
   * old} still runs, and is no longer among {@link #nodes}.
   */
  ApfaProcess replace(ApfaProcess old) {
    int index = processes.indexOf(old);
    Map<String, String> environment = withPort(environments.get(index), sparePorts.remove(0));
    replaced.add(old);
    ApfaProcess successor = ApfaProcess.start(program, environment, "--roles=" + roles.get(index));
    processes.set(index, successor);
    return successor.awaitReady();
  }

  private static Map<String, String> withPort(Map<String, String> environment, int clusterPort) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("APFA_CLUSTER_PORT", Integer.toString(clusterPort));
    return all;
  }

  private void start(String rolesOfNode, Map<String, String> environment) {
    add(
        rolesOfNode,
        environment,
        ApfaProcess.start(program, environment, "--roles=" + rolesOfNode));
  }

  private void add(String rolesOfNode, Map<String, String> environment, ApfaProcess process) {
    roles.add(rolesOfNode);
    environments.add(environment);
    processes.add(process);
  }

  /** Starts the first node of exactly {@code wanted} again, where browsers know it. */
  void restart(String wanted) {
    int index = roles.indexOf(wanted);
    Map<String, String> environment = new HashMap<>(environments.get(index));
    environment.put("APFA_GATEWAY_HTTP_PORT", Integer.toString(processes.get(index).httpPort()));
    processes.set(index, ApfaProcess.start(environment, "--roles=" + wanted).awaitReady());
  }

  private Nodes awaitReady() {
    orClose(() -> processes.forEach(ApfaProcess::awaitReady));
    return this;
  }

  private void orClose(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The first node that browsers reach. */
  ApfaProcess gateway() {
    return nodes("gateway").get(0);
  }

  /** The nodes started with exactly {@code wanted} as their roles. */
  List<ApfaProcess> nodes(String wanted) {
    List<ApfaProcess> found = new ArrayList<>();
    for (int i = 0; i < roles.size(); i++) {
      if (roles.get(i).equals(wanted)) {
        found.add(processes.get(i));
      }
    }
    return found;
  }

  /** The one of {@code nodes} whose metric {@code name} is 1: the owner of a source, the leader. */
  static ApfaProcess withMetric(List<ApfaProcess> nodes, String name) {
    return nodes.stream()
        .filter(node -> node.metric(name) == 1)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no node with " + name + " = 1"));
  }

  @Override
  public void close() {
    Stream.concat(processes.stream(), replaced.stream()).parallel().forEach(ApfaProcess::close);
  }
}
