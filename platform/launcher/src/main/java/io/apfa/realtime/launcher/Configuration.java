package io.apfa.realtime.launcher;

import io.apfa.realtime.bridge.BridgeOptions;
import io.apfa.realtime.broadcaster.BroadcasterOptions;
import io.apfa.realtime.gateway.GatewayOptions;
import io.apfa.realtime.launcher.trace.TracingOptions;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.ratelimit.RateLimitOptions;
import io.apfa.realtime.runtime.OptionsReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything a node is told, read once and valid as a whole.
 *
 * <p>Immutable.
 *
 * @param values the dotted keys it was read from
 * @param brokerUrl of the source {@code celery}; empty = start an embedded Redis
 * @param stateUrl {@code redis…}, {@code memory:} or empty = the broker, if Redis
 */
record Configuration(
    Map<String, String> values,
    CommandLine command,
    List<String> sources,
    String brokerUrl,
    String stateUrl,
    String stateKeyPrefix,
    ClusterOptions cluster,
    String managementHost,
    int managementPort,
    Duration maxEventLag,
    TracingOptions tracing,
    RateLimitOptions rateLimit,
    GatewayOptions gateway,
    BroadcasterOptions broadcaster,
    BridgeOptions bridge) {
  /** The source that {@code broker.*} describes. */
  static final String DEFAULT_SOURCE = "celery";

  /** Stands for the embedded Redis until it is started and its port is known. */
  private static final String EMBEDDED_BROKER_URL = "redis://127.0.0.1:6379/0";

  /**
   * Reads and checks {@code values}.
   *
   * @throws IllegalArgumentException with every problem, one a line
   */
  static Configuration from(Map<String, String> values, CommandLine command) {
    OptionsReader reader = new OptionsReader(values);
    List<String> sources = new ArrayList<>(List.of(DEFAULT_SOURCE));
    sources.addAll(reader.namesUnder("sources"));
    String brokerUrl = reader.text("broker.url", "");
    String stateUrl =
        reader.text(
            "state.url",
            "",
            url -> url.isEmpty() || url.equals("memory:") || isRedisUrl(url),
            "redis://, rediss://, memory: or empty for the broker");
    ClusterOptions cluster = ClusterOptions.from(reader);
    if (cluster.enabled() && stateUrl.equals("memory:")) {
      reader.problem("state.url", stateUrl, "a Redis with cluster.enabled: members must share it");
    }
    if (cluster.enabled() && brokerUrl.isEmpty()) {
      reader.problem(
          "broker.url", brokerUrl, "a broker with cluster.enabled: members must share it");
    }
    if (cluster.enabled() && stateUrl.isEmpty() && !brokerUrl.isEmpty() && !isRedisUrl(brokerUrl)) {
      reader.problem(
          "state.url", stateUrl, "a Redis with cluster.enabled and a broker that is none");
    }
    if (command.demo() && !brokerUrl.isEmpty() && !isRedisUrl(brokerUrl)) {
      reader.problem("broker.url", brokerUrl, "a Redis, or empty, with --demo");
    }
    Configuration configuration =
        new Configuration(
            Map.copyOf(values),
            command,
            List.copyOf(sources),
            brokerUrl,
            stateUrl,
            reader.text("state.key-prefix", "apfa:"),
            cluster,
            reader.text("management.host", "127.0.0.1"),
            reader.integer("management.port", 9000, 0, 65_535),
            reader.duration(
                "management.max-event-lag",
                Duration.ofSeconds(5),
                Duration.ofMillis(100),
                Duration.ofHours(1)),
            TracingOptions.from(reader),
            RateLimitOptions.from(reader),
            GatewayOptions.from(reader, sources),
            BroadcasterOptions.from(reader, sources),
            BridgeOptions.from(reader, EMBEDDED_BROKER_URL));
    reader.finish();
    return configuration;
  }

  /** The roles of this node. */
  Set<Role> roles() {
    return command.roles();
  }

  /** This configuration with the broker that was started for it. */
  Configuration withBroker(String url) {
    Map<String, String> changed = new TreeMap<>(values);
    changed.put("broker.url", url);
    return from(changed, command);
  }

  /** Where state lives: {@code memory:} or a Redis URL. */
  String effectiveStateUrl() {
    if (!stateUrl.isEmpty()) {
      return stateUrl;
    }
    return isRedisUrl(brokerUrl) ? brokerUrl : "memory:";
  }

  private static boolean isRedisUrl(String url) {
    return url.startsWith("redis://") || url.startsWith("rediss://");
  }
}
