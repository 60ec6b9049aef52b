package io.apfa.realtime.gateway;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.ScheduledFuture;

/**
 * Takes what owners send. Batches that come together are flushed together: one flush for all that
 * the event loop has before it.
 *
 * <p>Between two flushes the loop looks at its sockets and timers. To many sessions a flush takes
 * milliseconds, in which the next batch comes; as tasks they would follow each other without an
 * end, and Netty's loop (4.2, {@code SingleThreadIoEventLoop}) reads no socket and runs no timer
 * until its tasks are done or took a second.
 *
 * <p>Confined to its verticle's context.
 */
final class Inlet {
  private final ContextInternal context;
  private final Node node;
  private final Hub hub;
  private final DeliverTraces traces;
  private boolean flushing;

  Inlet(ContextInternal context, Node node, Hub hub) {
    this.context = context;
    this.node = node;
    this.hub = hub;
    this.traces = new DeliverTraces(node.tracing(), hub);
  }

  void onPublication(BusMessage.Publication publication) {
    if (hub.hasSource(publication.source())) {
      traces.take(publication, node.ticker().nanos());
      flushSoon();
    }
  }

  void onLatestValues(BusMessage.LatestValues values) {
    if (hub.hasSource(values.source())) {
      hub.onLatestValues(values, node.clock().millis());
      flushSoon();
    }
  }

  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      ScheduledFuture<?> unused =
          context.nettyEventLoop().schedule(() -> context.dispatch(this::flush), 0, NANOSECONDS);
    }
  }

  private void flush() {
    flushing = false;
    hub.flush(node.ticker().nanos());
    traces.onFlushed();
  }
}
