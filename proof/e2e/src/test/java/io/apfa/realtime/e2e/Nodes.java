package io.apfa.realtime.e2e;

import io.apfa.realtime.testkit.FreePort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Nodes of one system: one JVM, or several clustered over loopback. Confined to the test's thread.
 */
final class Nodes implements AutoCloseable {
  private final List<String> roles = new ArrayList<>();
  private final List<Map<String, String>> environments = new ArrayList<>();
  private final List<ApfaProcess> processes = new ArrayList<>();

  private Nodes() {}

  /** All roles in one JVM. */
  static Nodes oneJvm(String brokerUrl) {
    return oneJvm(brokerUrl, Map.of());
  }

  /** All roles in one JVM, with more settings. */
  static Nodes oneJvm(String brokerUrl, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("APFA_BROKER_URL", brokerUrl);
    Nodes nodes = new Nodes();
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
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < rolesOfNodes.length; i++) {
      ports.add(FreePort.find());
    }
    String members = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    Nodes nodes = new Nodes();
    for (int i = 0; i < rolesOfNodes.length; i++) {
      Map<String, String> all = new HashMap<>(environment);
      all.put("APFA_BROKER_URL", brokerUrl);
      all.put("APFA_CLUSTER_ENABLED", "true");
      all.put("APFA_CLUSTER_MEMBERS", members);
      all.put("APFA_CLUSTER_PORT", Integer.toString(ports.get(i)));
      nodes.add(rolesOfNodes[i], all, ApfaProcess.start(all, "--roles=" + rolesOfNodes[i]));
      if (inTurn) {
        nodes.awaitReady();
      }
    }
    return nodes.awaitReady();
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
    try {
      processes.forEach(ApfaProcess::awaitReady);
      return this;
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
    processes.parallelStream().forEach(ApfaProcess::close);
  }
}
