package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.StreamPosition;
import java.util.List;

/**
 * A room's tasks at one position, encoded once for everyone who asked within the same moment.
 *
 * <p>Immutable.
 *
 * @param parts in their order, at least one
 */
public record Snapshot(StreamPosition position, List<Frame> parts) {
  public Snapshot {
    parts = List.copyOf(parts);
  }
}
