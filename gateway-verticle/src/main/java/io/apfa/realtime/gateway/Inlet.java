package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Vertx;

/**
 * Takes what owners send. Batches that come together are flushed together: one flush for all that
 * the event loop has before it.
 *
 * <p>Confined to its verticle's context.
 */
final class Inlet {
  private final Vertx vertx;
  private final Node node;
  private final Hub hub;
  private final DeliverTraces traces;
  private boolean flushing;

  Inlet(Vertx vertx, Node node, Hub hub) {
    this.vertx = vertx;
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
      vertx.runOnContext(
          v -> {
            flushing = false;
            hub.flush(node.ticker().nanos());
            traces.onFlushed();
          });
    }
  }
}
