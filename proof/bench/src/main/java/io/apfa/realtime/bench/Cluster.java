package io.apfa.realtime.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Nodes that have all roles each, as one cluster; a single one is not clustered. Confined to the
 * bench's thread.
 */
final class Cluster implements AutoCloseable {
  private final List<ServerProcess> nodes = new ArrayList<>();
  private final List<Integer> httpPorts = new ArrayList<>();

  private Cluster() {}

  /** Starts {@code count} nodes one after the other, each with {@code environment}. */
  static Cluster start(int redisPort, int count, Map<String, String> environment) throws Exception {
    List<Integer> clusterPorts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clusterPorts.add(ServerProcess.freePort());
    }
    String members =
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    Cluster cluster = new Cluster();
    try {
      for (int clusterPort : clusterPorts) {
        Map<String, String> of = new HashMap<>(environment);
        if (count > 1) {
          of.put("APFA_CLUSTER_ENABLED", "true");
          of.put("APFA_CLUSTER_MEMBERS", members);
          of.put("APFA_CLUSTER_PORT", Integer.toString(clusterPort));
        }
        cluster.add(redisPort, of);
      }
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private void add(int redisPort, Map<String, String> environment) throws Exception {
    int httpPort = ServerProcess.freePort();
    nodes.add(
        ServerProcess.apfa(
            "redis://127.0.0.1:" + redisPort + "/0",
            httpPort,
            ServerProcess.freePort(),
            environment));
    httpPorts.add(httpPort);
  }

  /** Where browsers connect to, of each node. */
  List<Integer> httpPorts() {
    return List.copyOf(httpPorts);
  }

  /** User and system CPU seconds of all nodes so far. */
  double cpuSeconds() throws Exception {
    double seconds = 0;
    for (ServerProcess node : nodes) {
      seconds += node.cpuSeconds();
    }
    return seconds;
  }

  /** Ends the nodes, the last one first. */
  @Override
  public void close() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }
}
