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
 * @param port Hazelcast's; 0 = any free one from {@value #DEFAULT_PORT}
 */
record ClusterOptions(boolean enabled, List<String> members, String dns, String host, int port) {
  private static final int DEFAULT_PORT = 5701;

  static ClusterOptions from(OptionsReader reader) {
    ClusterOptions options =
        new ClusterOptions(
            reader.flag("cluster.enabled", false),
            reader.texts("cluster.members", List.of()),
            reader.text("cluster.dns", ""),
            reader.text("cluster.host", "127.0.0.1"),
            reader.integer("cluster.port", DEFAULT_PORT, 0, 65_535));
    if (!options.members.isEmpty() && !options.dns.isEmpty()) {
      reader.problem("cluster.dns", options.dns, "either cluster.dns or cluster.members");
    }
    return options;
  }

  /** The port to listen on, or the first to try ({@link #mayTakeNextPort}). */
  int firstPort() {
    return port == 0 ? DEFAULT_PORT : port;
  }

  /**
   * Whether the next free port will do when that one is taken. One that was chosen stands in the
   * others' {@code members}: a node that listened beside it would start and never be found.
   */
  boolean mayTakeNextPort() {
    return port == 0 || port == DEFAULT_PORT;
  }
}
