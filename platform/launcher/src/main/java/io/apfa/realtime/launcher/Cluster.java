package io.apfa.realtime.launcher;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;

/**
 * Hazelcast as this system uses it: it carries messages and membership and decides nothing. A dead
 * member is noticed within 8 s by heartbeat, at once by a closed connection; a healed split merges
 * within 10 s.
 *
 * <p>Immutable.
 */
final class Cluster {
  /**
   * How long a connection to a member may take, the bus's and Hazelcast's. By default both wait for
   * a minute and longer: after a cut, for the kernel's next try, long after the network is whole.
   */
  static final int CONNECT_TIMEOUT_MILLIS = 2000;

  /**
   * How long a question to another member may stay unanswered: longer than it takes to notice that
   * it is dead. Vert.x asks while it handles a member's end, and a merge has to wait for that; the
   * default of 60 s would be the time a healed network is not used.
   */
  private static final int CALL_TIMEOUT_MILLIS = 15_000;

  private Cluster() {}

  /** A cluster manager for {@code options}. */
  static ClusterManager manager(ClusterOptions options) {
    Config config = ConfigUtil.loadConfig();
    config.setClusterName("apfa-realtime");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
    config.setProperty("hazelcast.max.no.heartbeat.seconds", "8");
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "8");
    config.setProperty("hazelcast.merge.next.run.delay.seconds", "8");
    config.setProperty(
        "hazelcast.socket.connect.timeout.seconds",
        Integer.toString(CONNECT_TIMEOUT_MILLIS / 1000));
    config.setProperty(
        "hazelcast.operation.call.timeout.millis", Integer.toString(CALL_TIMEOUT_MILLIS));
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.getNetworkConfig().setPort(options.firstPort());
    config.getNetworkConfig().setPortAutoIncrement(options.mayTakeNextPort()).setPortCount(100);
    config.getNetworkConfig().setPublicAddress(options.host());
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(options.host());
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    if (options.dns().isEmpty()) {
      List<String> members =
          options.members().isEmpty() ? List.of(options.host()) : options.members();
      join.getTcpIpConfig().setEnabled(true).setMembers(members);
    } else {
      join.getTcpIpConfig().setEnabled(false);
      join.getKubernetesConfig().setEnabled(true).setProperty("service-dns", options.dns());
    }
    return new HazelcastClusterManager(config);
  }
}
