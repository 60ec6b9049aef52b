package io.apfa.realtime.testkit;

import java.util.Map;

/**
 * A span as a collector got it.
 *
 * <p>Immutable.
 *
 * @param service the node's {@code service.name}
 * @param instance the node's {@code service.instance.id}
 * @param parentId empty = it is the first of its trace
 * @param startNanos epoch nanoseconds
 * @param endNanos epoch nanoseconds
 * @param attributes what it says, numbers as text
 * @param failed whether its status is an error
 */
public record CollectedSpan(
    String service,
    String instance,
    String traceId,
    String spanId,
    String parentId,
    String name,
    long startNanos,
    long endNanos,
    Map<String, String> attributes,
    boolean failed) {
  public CollectedSpan {
    attributes = Map.copyOf(attributes);
  }

  /** Whether it hangs under {@code other}. */
  public boolean isUnder(CollectedSpan other) {
    return parentId.equals(other.spanId) && traceId.equals(other.traceId);
  }
}
