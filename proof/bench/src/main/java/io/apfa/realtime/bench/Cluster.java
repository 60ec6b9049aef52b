package io.apfa.realtime.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The system under measurement: a Redis of its own and nodes that have all roles each, clustered
 * when there are several. Confined to the bench's thread.
 */
final class Cluster implements AutoCloseable {
  private final int redisPort;
  private final ServerProcess redis;
  private final List<Node> nodes = new ArrayList<>();

  private record Node(ServerProcess process, int httpPort, int managementPort) {}

  private Cluster(int redisPort) throws Exception {
    this.redisPort = redisPort;
    this.redis = ServerProcess.redis(redisPort);
  }

  /** Starts {@code count} nodes one after the other, each with {@code environment}. */
  static Cluster start(int count, Map<String, String> environment) throws Exception {
    return start(count, redisPort -> environment);
  }

  /** The same; the environment may name the Redis, which is given by its port. */
  static Cluster start(int count, IntFunction<Map<String, String>> environment) throws Exception {
    List<Integer> clusterPorts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clusterPorts.add(ServerProcess.freePort());
    }
    String members =
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    Cluster cluster = new Cluster(ServerProcess.freePort());
    try {
      for (int clusterPort : clusterPorts) {
        Map<String, String> of = new HashMap<>(environment.apply(cluster.redisPort));
        if (count > 1) {
          of.put("APFA_CLUSTER_ENABLED", "true");
          of.put("APFA_CLUSTER_MEMBERS", members);
          of.put("APFA_CLUSTER_PORT", Integer.toString(clusterPort));
        }
        cluster.add(of);
      }
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private void add(Map<String, String> environment) throws Exception {
    int httpPort = ServerProcess.freePort();
    int managementPort = ServerProcess.freePort();
    ServerProcess process = ServerProcess.apfa(brokerUrl(), httpPort, managementPort, environment);
    nodes.add(new Node(process, httpPort, managementPort));
  }

  /** The broker, and where the nodes keep their state. */
  ServerProcess redis() {
    return redis;
  }

  /** URL of the broker. */
  String brokerUrl() {
    return "redis://127.0.0.1:" + redisPort + "/0";
  }

  int redisPort() {
    return redisPort;
  }

  /** The first node, which is the only one mostly. */
  ServerProcess node() {
    return nodes.get(0).process();
  }

  /** Where browsers connect to, of the first node. */
  int httpPort() {
    return nodes.get(0).httpPort();
  }

  /** Where the first node's metrics are. */
  int managementPort() {
    return nodes.get(0).managementPort();
  }

  /** Where browsers connect to, of each node. */
  List<Integer> httpPorts() {
    return nodes.stream().map(Node::httpPort).toList();
  }

  /** User and system CPU seconds of all nodes so far. */
  double cpuSeconds() throws Exception {
    double seconds = 0;
    for (Node node : nodes) {
      seconds += node.process().cpuSeconds();
    }
    return seconds;
  }

  /** Ends the nodes, the last one first, and then the Redis. */
  @Override
  public void close() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).process().close();
    }
    redis.close();
  }
}
