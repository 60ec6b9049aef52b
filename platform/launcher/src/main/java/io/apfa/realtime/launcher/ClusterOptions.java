package io.apfa.realtime.launcher;

import io.apfa.realtime.runtime.OptionsReader;
import java.util.List;

/**
 * How this node finds the others.
 *
 * <p>Immutable.
 *
 * @param members {@code host} or {@code host:port} of some others
 * @param dns a name that resolves to all members (a headless Service); empty = use {@code members}
 * @param host the address the others reach this node at
 * @param port Hazelcast's; 0 = any free one from 5701
 */
record ClusterOptions(boolean enabled, List<String> members, String dns, String host, int port) {
  static ClusterOptions from(OptionsReader reader) {
    ClusterOptions options =
        new ClusterOptions(
            reader.flag("cluster.enabled", false),
            reader.texts("cluster.members", List.of()),
            reader.text("cluster.dns", ""),
            reader.text("cluster.host", "127.0.0.1"),
            reader.integer("cluster.port", 5701, 0, 65_535));
    if (!options.members.isEmpty() && !options.dns.isEmpty()) {
      reader.problem("cluster.dns", options.dns, "either cluster.dns or cluster.members");
    }
    return options;
  }
}
