package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.client.ColumnsGeneration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The delta frames of one room's live stream. Every {@link #LENGTH_NANOS} a generation begins in
 * which a task's first update is complete; who has every frame of it gets deltas, everyone else
 * self-contained frames until the next one begins.
 *
 * <p>Confined to its verticle's context.
 */
final class Generations {
  static final long LENGTH_NANOS = 30_000_000_000L;

  private @Nullable ColumnsGeneration current;
  private long begunNanos;
  private long count;

  /** The delta frames of one segment. */
  record Deltas(long generation, boolean isFirst, List<Frame> frames) {}

  /** Encodes the batches of the next segment. */
  Deltas encode(String room, List<Batch> batches, int thresholdBytes, long nowNanos) {
    ColumnsGeneration generation = current;
    boolean first =
        generation == null || generation.isFull() || nowNanos - begunNanos > LENGTH_NANOS;
    if (first || generation == null) {
      generation = new ColumnsGeneration(++count);
      current = generation;
      begunNanos = nowNanos;
    }
    List<Frame> frames = new ArrayList<>(batches.size());
    for (Batch batch : batches) {
      frames.add(Format.encodeNext(room, batch, thresholdBytes, generation));
    }
    return new Deltas(generation.number(), first, List.copyOf(frames));
  }

  /** Nobody follows any more: the next segment begins a generation. */
  void end() {
    current = null;
  }
}
