package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Reach;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import java.util.ArrayList;
import java.util.List;

/**
 * The traced publications that came and were not flushed yet. Only for them it is worked out whom
 * they reach.
 *
 * <p>Bounds: {@value #MAX_SPANS} spans at a time; further ones are not begun. Confined to its
 * verticle's context.
 */
final class DeliverTraces {
  static final int MAX_SPANS = 64;

  private final Tracing tracing;
  private final Hub hub;
  private final List<Open> open = new ArrayList<>(0);

  private record Open(String source, Span span) {}

  DeliverTraces(Tracing tracing, Hub hub) {
    this.tracing = tracing;
    this.hub = hub;
  }

  /** The hub takes {@code publication} in, inside the spans of its traces. */
  void take(BusMessage.Publication publication, long nowNanos) {
    if (publication.traces().isEmpty()) {
      hub.onPublication(publication, nowNanos);
      return;
    }
    List<Span> begun = begin(publication);
    StreamPosition before = hub.position(publication.source());
    long hole = before == null ? 0 : publication.from() - 1 - before.offset();
    hub.onPublication(publication, nowNanos);
    Reach reach = hub.reach(publication.source());
    for (Span span : begun) {
      span.set(Span.Key.SESSIONS, reach.sessions());
      if (!reach.rooms().isEmpty()) {
        span.set(Span.Key.ROOMS, String.join(", ", reach.rooms()));
      }
      if (hole > 0) {
        span.set(Span.Key.HOLE, hole);
      }
      open.add(new Open(publication.source(), span));
    }
  }

  private List<Span> begin(BusMessage.Publication publication) {
    List<Span> begun = new ArrayList<>();
    for (TraceContext trace : publication.traces()) {
      if (open.size() + begun.size() < MAX_SPANS) {
        Span span =
            tracing
                .follow(trace, Hop.GATEWAY_DELIVER)
                .set(Span.Key.SOURCE, publication.source())
                .set(Span.Key.FROM, publication.from())
                .set(Span.Key.OFFSET, publication.offset());
        begun.add(span);
      }
    }
    return begun;
  }

  /** Everyone was served who could be. */
  void onFlushed() {
    for (Open each : open) {
      each.span().set(Span.Key.HELD, hub.reach(each.source()).sessions()).end();
    }
    open.clear();
  }
}
