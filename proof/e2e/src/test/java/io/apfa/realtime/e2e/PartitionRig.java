package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.apfa.realtime.e2e.NetworkNamespaces.Side;
import io.apfa.realtime.testkit.FreePort;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Two sides of a network with all roles on each, in two nodes, and a Redis that both reach. The
 * owner of the source is on the west side. Confined to the test's thread; the nodes' metrics may be
 * read by any.
 */
final class PartitionRig implements AutoCloseable {
  /** The nodes, in their order. */
  enum Place {
    WEST_OWNER(Side.WEST, "broadcaster,ratelimit"),
    WEST_BRIDGE(Side.WEST, "celery-bridge,gateway"),
    EAST_STANDBY(Side.EAST, "broadcaster,celery-bridge,ratelimit"),
    EAST_GATEWAY(Side.EAST, "gateway");

    private final Side side;
    private final String roles;

    Place(Side side, String roles) {
      this.side = side;
      this.roles = roles;
    }
  }

  private final NetworkNamespaces network;
  private final RedisServer redis;
  private final Path limits;
  private final Map<Place, Integer> clusterPorts = new EnumMap<>(Place.class);
  private final Map<Place, ApfaProcess> nodes = new EnumMap<>(Place.class);

  /**
   * Starts all.
   *
   * @param leadingBridge where the bridge is that forwards
   */
  PartitionRig(Side leadingBridge) throws IOException {
    network = new NetworkNamespaces();
    redis = RedisServer.start("--bind", "127.0.0.1", network.outside(), "--protected-mode", "no");
    limits = Files.createTempFile("apfa-e2e-limits", ".yaml");
    Files.writeString(
        limits, "gateway:\n  connects-per-second: 5000\n  sessions-per-user: 20000\n");
    for (Place place : Place.values()) {
      clusterPorts.put(place, FreePort.find());
    }
    Place bridge = leadingBridge == Side.WEST ? Place.WEST_BRIDGE : Place.EAST_STANDBY;
    try {
      start(Place.WEST_OWNER);
      node(Place.WEST_OWNER).awaitReady();
      await("west owns the source").atMost(Duration.ofMinutes(1)).until(() -> owns(Side.WEST));
      start(bridge);
      await("a bridge leads")
          .atMost(Duration.ofMinutes(1))
          .until(() -> node(bridge).metric("apfa_bridge_leading") == 1);
      node(bridge).awaitReady();
      for (Place place : Place.values()) {
        if (!nodes.containsKey(place)) {
          start(place);
        }
      }
      for (ApfaProcess node : nodes.values()) {
        node.awaitReady();
      }
      await("every node hears every node").atMost(Duration.ofMinutes(1)).until(this::isWhole);
    } catch (RuntimeException | Error e) {
      System.out.println(output());
      close();
      throw e;
    }
  }

  private void start(Place place) {
    String address = network.address(place.side);
    List<String> members =
        Stream.of(Place.values())
            .map(other -> network.address(other.side) + ":" + clusterPorts.get(other))
            .toList();
    Map<String, String> environment =
        Nodes.clustered(
            "redis://" + network.outside() + ":" + redis.port() + "/0", Tokens.required(), members);
    environment.put("APFA_CLUSTER_HOST", address);
    environment.put("APFA_CLUSTER_PORT", clusterPorts.get(place).toString());
    environment.put("APFA_GATEWAY_HTTP_HOST", address);
    environment.put("APFA_GATEWAY_ALLOWED_HOSTS", address);
    environment.put("APFA_MANAGEMENT_HOST", address);
    environment.put("APFA_LIMITS_FILE", limits.toString());
    nodes.put(
        place,
        ApfaProcess.start(
            network.prefix(place.side),
            ApfaProcess.PROGRAM,
            environment,
            "--roles=" + place.roles));
  }

  NetworkNamespaces network() {
    return network;
  }

  RedisServer redis() {
    return redis;
  }

  ApfaProcess node(Place place) {
    return nodes.get(place);
  }

  /** Where a side's sessions connect. */
  SocketAddress gateway(Side side) {
    ApfaProcess node = gatewayNode(side);
    return SocketAddress.inetSocketAddress(node.httpPort(), network.address(side));
  }

  private ApfaProcess gatewayNode(Side side) {
    return node(side == Side.WEST ? Place.WEST_BRIDGE : Place.EAST_GATEWAY);
  }

  /** Whether a side's broadcaster says that it owns the source. */
  boolean owns(Side side) {
    return node(side == Side.WEST ? Place.WEST_OWNER : Place.EAST_STANDBY).metric("apfa_owner")
        == 1;
  }

  /** Whether every node hears every node. */
  boolean isWhole() {
    return nodes.values().stream().allMatch(node -> node.metric("apfa_nodes") == nodes.size());
  }

  /** Canaries that came back to a side's gateway so far. */
  double canaries(Side side) {
    return gatewayNode(side).metric("apfa_bus_canary_seconds_count");
  }

  /** How often a side's gateway read the log because no owner answered, so far. */
  double follows(Side side) {
    double follows = gatewayNode(side).metric("apfa_gateway_log_follows_total");
    return Double.isNaN(follows) ? 0 : follows;
  }

  /** The last token under which the source was owned. */
  String ownerToken() throws IOException {
    return new RedisCli(redis.port()).text("GET", "apfa:token:owner:celery");
  }

  /** What every node printed. */
  String output() {
    StringBuilder all = new StringBuilder();
    nodes.forEach(
        (place, node) -> all.append("--- ").append(place).append('\n').append(node.output()));
    return all.toString();
  }

  @Override
  public void close() throws IOException {
    nodes.values().forEach(ApfaProcess::kill);
    redis.close();
    network.close();
    Files.deleteIfExists(limits);
  }
}
