package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decisions about rows: which are left out, and how they become batches. Immutable. */
final class Rows {
  private Rows() {}

  /**
   * The last row of each key, in the order of their offset; rows of kinds that are never left out
   * all stay.
   */
  static List<Segment.Row> conflate(List<Segment.Row> rows) {
    Map<Update.Kind, Set<String>> seen = new EnumMap<>(Update.Kind.class);
    List<Segment.Row> kept = new ArrayList<>(rows.size());
    for (int i = rows.size() - 1; i >= 0; i--) {
      Segment.Row row = rows.get(i);
      Update.Kind kind = row.update().kind();
      if (!kind.isConflatable()
          || seen.computeIfAbsent(kind, k -> new HashSet<>()).add(row.update().conflationKey())) {
        kept.add(row);
      }
    }
    Collections.reverse(kept);
    return kept;
  }

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
