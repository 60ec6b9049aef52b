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
  private final List<String> roles;
  private final List<ApfaProcess> processes;

  private Nodes(List<String> roles, List<ApfaProcess> processes) {
    this.roles = roles;
    this.processes = processes;
  }

  /** All roles in one JVM. */
  static Nodes oneJvm(String brokerUrl) {
    return new Nodes(
            List.of("gateway"), List.of(ApfaProcess.start(Map.of("APFA_BROKER_URL", brokerUrl))))
        .awaitReady();
  }

  /** One role in each of four JVMs. */
  static Nodes fourJvms(String brokerUrl) {
    return cluster(brokerUrl, Map.of(), "broadcaster", "ratelimit", "celery-bridge", "gateway");
  }

  /** A clustered node for each of {@code rolesOfNodes}. */
  static Nodes cluster(String brokerUrl, Map<String, String> environment, String... rolesOfNodes) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < rolesOfNodes.length; i++) {
      ports.add(FreePort.find());
    }
    String members = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    List<ApfaProcess> processes = new ArrayList<>();
    for (int i = 0; i < rolesOfNodes.length; i++) {
      Map<String, String> all = new HashMap<>(environment);
      all.put("APFA_BROKER_URL", brokerUrl);
      all.put("APFA_CLUSTER_ENABLED", "true");
      all.put("APFA_CLUSTER_MEMBERS", members);
      all.put("APFA_CLUSTER_PORT", Integer.toString(ports.get(i)));
      processes.add(ApfaProcess.start(all, "--roles=" + rolesOfNodes[i]));
    }
    return new Nodes(List.of(rolesOfNodes), processes).awaitReady();
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
