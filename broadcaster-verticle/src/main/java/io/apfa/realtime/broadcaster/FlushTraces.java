package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.Flush;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import java.util.ArrayList;
import java.util.List;

/**
 * The traced batches of events on their way through one stream. Each waits for the flush that moves
 * the feed position past it: by then all that it changed is in the log.
 *
 * <p>Bounds: {@value #MAX_BATCHES} at a time; what comes above that has its trace end at the
 * bridge. Confined to its verticle's context.
 */
final class FlushTraces {
  /** Traced batches that wait at most; so a publication carries no more traces than these. */
  static final int MAX_BATCHES = 32;

  private final Tracing tracing;
  private final String source;
  private final List<Traced> merged = new ArrayList<>(0);
  private final List<Traced> closed = new ArrayList<>(0);
  private int tries;

  /** A traced batch: its own span, and that of the append once its flush has closed. */
  private record Traced(FeedPosition position, Span flush, Span append) {}

  FlushTraces(Tracing tracing, String source) {
    this.tracing = tracing;
    this.source = source;
  }

  /** {@code batch} was merged. */
  void onMerged(BusMessage.EventBatch batch) {
    if (batch.trace() == null || merged.size() + closed.size() >= MAX_BATCHES) {
      return;
    }
    Span span = tracing.follow(batch.trace(), Hop.OWNER_FLUSH);
    if (span.isSampled()) {
      span.set(Span.Key.SOURCE, source).set(Span.Key.EVENTS, batch.events().size());
      merged.add(new Traced(batch.position(), span, Span.NONE));
    }
  }

  /** A flush closed that goes as far as {@code feed}. */
  void onClosed(FeedPosition feed) {
    if (merged.isEmpty()) {
      return;
    }
    tries = 0;
    for (Traced each : merged) {
      if (feed.covers(each.position())) {
        Span append = each.flush().child(Hop.OWNER_APPEND);
        closed.add(new Traced(each.position(), each.flush(), append));
      }
    }
    merged.removeIf(each -> feed.covers(each.position()));
  }

  /** The flush is offered to the state store; again, when it is not for the first time. */
  void onOffered() {
    tries++;
  }

  /** The store has it. */
  void onAppended(Flush flush, StateStore.Append append) {
    if (closed.isEmpty()) {
      return;
    }
    long bytes = 0;
    for (StateStore.LoggedBatch batch : append.batches()) {
      bytes += batch.payload().length();
    }
    for (Traced each : closed) {
      each.append()
          .set(Span.Key.FROM, append.from())
          .set(Span.Key.OFFSET, append.offset())
          .set(Span.Key.ROWS, flush.rowCount())
          .set(Span.Key.BYTES, bytes);
      if (tries > 1) {
        each.append().set(Span.Key.TRIES, tries);
      }
      each.append().end();
    }
  }

  /** What the publication that ends the flush carries: under these hang the gateways' spans. */
  List<TraceContext> contexts() {
    if (closed.isEmpty()) {
      return List.of();
    }
    List<TraceContext> contexts = new ArrayList<>(closed.size());
    for (Traced each : closed) {
      TraceContext context = each.flush().context();
      if (context != null) {
        contexts.add(context);
      }
    }
    return contexts;
  }

  /** The flush was sent to so many gateway nodes. */
  void onSent(int gateways) {
    for (Traced each : closed) {
      each.flush().set(Span.Key.GATEWAYS, gateways).end();
    }
    closed.clear();
  }

  /** Runs {@code work} with the first trace of the flush in the air beside its log lines. */
  void run(Runnable work) {
    (closed.isEmpty() ? Span.NONE : closed.get(0).append()).run(work);
  }

  /** The stream ends, and with it what is not in the log yet. */
  void end(String reason) {
    closed.forEach(each -> each.append().fail(reason).end());
    closed.forEach(each -> each.flush().fail(reason).end());
    merged.forEach(each -> each.flush().fail(reason).end());
    closed.clear();
    merged.clear();
  }
}
