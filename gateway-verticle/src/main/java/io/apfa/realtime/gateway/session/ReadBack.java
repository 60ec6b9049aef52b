package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.List;

/**
 * What was read from the log for those who recover, page by page. It stops at the bound of what a
 * stream keeps.
 *
 * <p>Confined to its verticle's context.
 */
public final class ReadBack {
  private final List<Segment> segments = new ArrayList<>();
  private final long to;
  private final long nowNanos;
  private long next;
  private long bytes;
  private boolean lost;

  /** A reading of offsets {@code from} to {@code to}. */
  public ReadBack(long from, long to, long nowNanos) {
    this.next = from;
    this.to = to;
    this.nowNanos = nowNanos;
  }

  /** The offset to read from next. */
  public long next() {
    return next;
  }

  /** Takes a page; whether another is needed. */
  public boolean add(StateStore.LogPage page) {
    if (!page.available() || page.batches().isEmpty()) {
      lost = lost || next <= to;
      return false;
    }
    for (StateStore.LoggedBatch logged : page.batches()) {
      if (logged.offset() < next || next > to) {
        continue;
      }
      if (logged.from() > next) {
        lost = true;
        return false;
      }
      segments.add(
          Segment.ofBatch(LogCodec.decode(logged.payload()), nowNanos, logged.payload().length()));
      bytes += logged.payload().length();
      next = logged.offset() + 1;
    }
    if (bytes > SourceStream.RECENT_BYTES) {
      lost = true;
      return false;
    }
    return next <= to;
  }

  boolean isComplete() {
    return !lost && next > to;
  }

  List<Segment> segments() {
    return segments;
  }
}
