package io.apfa.realtime.testkit;

import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.TracedLog;
import io.apfa.realtime.runtime.trace.Tracing;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the spans that ended, where a node would send them to a collector. No trace begins here
 * until {@link #sampleAll}; those begun elsewhere are followed. Thread-safe: concurrent collections
 * and atomics.
 */
public final class RecordedTracing implements Tracing {
  private final List<Ended> ended = new CopyOnWriteArrayList<>();
  private final AtomicLong ids = new AtomicLong();
  private volatile boolean sampling;

  /**
   * A span that ended.
   *
   * @param parent the span it hangs under; 0 = it is the first of its trace
   * @param said what it says, numbers as text
   * @param failure why it failed; null = it did not
   */
  public record Ended(
      Hop hop,
      TraceContext context,
      long parent,
      Map<Span.Key, String> said,
      @Nullable String failure) {
    /** Whether it hangs under {@code other}. */
    public boolean isUnder(Ended other) {
      return parent == other.context().spanId()
          && context.traceId().equals(other.context().traceId());
    }
  }

  /** Every trace that could begin does, from now on. */
  public void sampleAll() {
    sampling = true;
  }

  /** Spans that ended, in the order they did. */
  public List<Ended> ended() {
    return List.copyOf(ended);
  }

  /** Those of {@code hop}. */
  public List<Ended> ended(Hop hop) {
    return ended.stream().filter(span -> span.hop() == hop).toList();
  }

  @Override
  public boolean samples(Head head) {
    return sampling;
  }

  @Override
  public Span begin(Hop hop, long startMillis) {
    long trace = ids.incrementAndGet();
    return new Recorded(hop, new TraceContext(trace, trace, ids.incrementAndGet()), 0);
  }

  @Override
  public Span follow(@Nullable TraceContext parent, Hop hop) {
    return parent == null ? Span.NONE : under(parent, hop);
  }

  private Span under(TraceContext parent, Hop hop) {
    TraceContext context =
        new TraceContext(parent.traceIdHigh(), parent.traceIdLow(), ids.incrementAndGet());
    return new Recorded(hop, context, parent.spanId());
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private final class Recorded implements Span {
    private final Hop hop;
    private final TraceContext context;
    private final long parent;
    private final Map<Key, String> said = new ConcurrentHashMap<>();
    private volatile @Nullable String failure;
    private volatile boolean over;

    Recorded(Hop hop, TraceContext context, long parent) {
      this.hop = hop;
      this.context = context;
      this.parent = parent;
    }

    @Override
    public TraceContext context() {
      return context;
    }

    @Override
    public boolean isSampled() {
      return true;
    }

    @Override
    public Span set(Key key, @Nullable String value) {
      if (value != null) {
        said.put(key, value);
      }
      return this;
    }

    @Override
    public Span set(Key key, long value) {
      return set(key, Long.toString(value));
    }

    @Override
    public Span child(Hop part) {
      return under(context, part);
    }

    @Override
    public void past(Hop part, long tookNanos) {
      under(context, part).end();
    }

    @Override
    public Span fail(String reason) {
      failure = reason;
      return this;
    }

    @Override
    public void run(Runnable work) {
      TracedLog.run(context, work);
    }

    @Override
    public void end() {
      if (!over) {
        over = true;
        ended.add(new Ended(hop, context, parent, Map.copyOf(said), failure));
      }
    }
  }
}
