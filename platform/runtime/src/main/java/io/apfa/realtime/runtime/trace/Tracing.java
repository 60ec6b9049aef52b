package io.apfa.realtime.runtime.trace;

import io.apfa.realtime.protocol.TraceContext;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Where this node tells its part of traces. Whether a trace is sampled is decided once, where it
 * begins: by a bridge for a batch of events, by a gateway for a command. Every later hop follows
 * the context that came with the message, and a message without one is not traced.
 *
 * <p>Thread-safe in every implementation; nothing here blocks or throws.
 */
public interface Tracing {
  /** Tells nothing; no thread, no queue. */
  Tracing OFF = new NoTracing();

  /** What a trace can begin with. */
  enum Head {
    /** A batch of events that a bridge forwards. */
    EVENTS,
    /** A command that came to a gateway. */
    COMMAND
  }

  /** Decides by chance whether the trace that would begin now is told. */
  boolean samples(Head head);

  /**
   * Begins a trace that {@link #samples} has decided for.
   *
   * @param startMillis when its first hop began, epoch milliseconds
   */
  Span begin(Hop hop, long startMillis);

  /**
   * Goes on with a trace: a span that begins now.
   *
   * @param parent what came with the message; null = it is not traced, and nor is this
   */
  Span follow(@Nullable TraceContext parent, Hop hop);

  /** Tells what is left, within a few seconds, and ends; never fails. */
  Future<Void> close();
}
