package io.apfa.realtime.protocol;

import java.util.List;

/**
 * Several publications of one source's stream in one frame. A dense batch, as the owner logs it,
 * has one row for every offset from {@code from} to {@code offset}; a batch of a derived room or a
 * conflated one has some of them.
 *
 * <p>Immutable.
 *
 * @param epoch the stream's epoch; empty for latest values
 * @param from first offset covered; 0 for latest values
 * @param offset last offset covered; 0 for latest values
 * @param conflated whether earlier rows of a task were left out
 * @param closedMillis when the batch closed, epoch milliseconds
 * @param updates in the order of their offset
 */
public record Batch(
    String epoch,
    long from,
    long offset,
    boolean conflated,
    long closedMillis,
    List<Update> updates) {
  /** Most updates in one frame (the specification's figure). */
  public static final int MAX_UPDATES = 50;

  public Batch {
    updates = List.copyOf(updates);
  }

  /** A batch of latest values, outside the sequence. */
  public static Batch ofLatestValues(long closedMillis, List<Update> updates) {
    return new Batch("", 0, 0, false, closedMillis, updates);
  }

  /** The position a client is at once it has applied this batch. */
  public StreamPosition end() {
    return new StreamPosition(epoch, offset);
  }
}
