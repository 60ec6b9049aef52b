package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The gateway nodes that want a source's batches. Interest is renewed each second and ends by
 * itself.
 *
 * <p>Confined to its verticle's context.
 */
final class Audience {
  private static final long LINGER_NANOS = 3_500_000_000L;

  private final Map<NodeId, Long> untilNanos = new HashMap<>();

  void onInterest(NodeId node, boolean wanted, long nowNanos) {
    if (wanted) {
      untilNanos.put(node, nowNanos + LINGER_NANOS);
    } else {
      untilNanos.remove(node);
    }
  }

  /** The nodes to send to now. */
  List<NodeId> nodes(long nowNanos) {
    untilNanos.values().removeIf(until -> nowNanos - until >= 0);
    return new ArrayList<>(untilNanos.keySet());
  }
}
