package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.List;

/** How rows become batches. Immutable. */
final class Rows {
  private Rows() {}

  /**
   * Batches of at most {@code batchSize} rows that together cover {@code from} to {@code offset}:
   * each ends at its last row, the last one at {@code offset}.
   */
  static List<Batch> split(
      List<Segment.Row> rows,
      long from,
      long offset,
      String epoch,
      long closedMillis,
      boolean conflated,
      int batchSize) {
    List<Batch> batches = new ArrayList<>(rows.size() / batchSize + 1);
    long next = from;
    for (int start = 0; start < rows.size(); start += batchSize) {
      int end = Math.min(rows.size(), start + batchSize);
      long last = end == rows.size() ? offset : rows.get(end - 1).offset();
      List<Update> updates = new ArrayList<>(end - start);
      for (Segment.Row row : rows.subList(start, end)) {
        updates.add(row.update());
      }
      batches.add(new Batch(epoch, next, last, conflated, closedMillis, updates));
      next = last + 1;
    }
    return batches;
  }
}
