package io.apfa.realtime.runtime.trace;

import io.apfa.realtime.protocol.TraceContext;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Traces nothing.
 *
 * <p>Immutable.
 */
final class NoTracing implements Tracing {
  @Override
  public boolean samples(Head head) {
    return false;
  }

  @Override
  public Span begin(Hop hop, long startMillis) {
    return Span.NONE;
  }

  @Override
  public Span follow(@Nullable TraceContext parent, Hop hop) {
    return Span.NONE;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
