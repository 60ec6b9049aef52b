package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import java.util.List;

/**
 * Begins the trace of a batch of events: here it is decided whether there is one. It begins when
 * the oldest of the events was heard, and names the first task in it.
 *
 * <p>Immutable.
 */
final class ForwardSpan {
  private ForwardSpan() {}

  /**
   * The span of a batch that is about to be sent; {@link Span#NONE} when it is not sampled.
   *
   * @param decodedNanos how long decoding it took, just now; 0 = it was not decoded just now
   */
  static Span begin(
      Node node,
      String source,
      FeedPosition position,
      List<CeleryEvent> events,
      long decodedNanos) {
    if (!node.tracing().samples(Tracing.Head.EVENTS)) {
      return Span.NONE;
    }
    Span span =
        node.tracing()
            .begin(Hop.BRIDGE_FORWARD, oldestMillis(events, node.clock().millis()))
            .set(Span.Key.SOURCE, source)
            .set(Span.Key.BATCH, position.leaseToken() + "/" + position.batchNumber())
            .set(Span.Key.EVENTS, events.size());
    for (CeleryEvent event : events) {
      if (event.kind() == CeleryEvent.Kind.TASK) {
        CeleryEvent.TaskEvent task = (CeleryEvent.TaskEvent) event;
        span.set(Span.Key.EVENT_TYPE, task.type())
            .set(Span.Key.TASK, task.uuid())
            .set(Span.Key.TASK_NAME, task.name());
        break;
      }
    }
    if (decodedNanos > 0) {
      span.past(Hop.BRIDGE_DECODE, decodedNanos);
    }
    return span;
  }

  /** When the oldest of them was heard; {@code nowMillis} when none was heard from a worker. */
  private static long oldestMillis(List<CeleryEvent> events, long nowMillis) {
    long oldest = nowMillis;
    for (CeleryEvent event : events) {
      if (event.kind() == CeleryEvent.Kind.TASK) {
        oldest = Math.min(oldest, ((CeleryEvent.TaskEvent) event).receivedMillis());
      } else if (event.kind() == CeleryEvent.Kind.WORKER) {
        oldest = Math.min(oldest, ((CeleryEvent.WorkerEvent) event).receivedMillis());
      }
    }
    return oldest;
  }
}
