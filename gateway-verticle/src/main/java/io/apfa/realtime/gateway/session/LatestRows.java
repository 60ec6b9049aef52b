package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What is left of a stream when only the last row of each key stays, in the order of offsets; rows
 * of kinds that are never left out all stay. The last row of a key after some position is its last
 * row of all, so what follows any position is the end of this one list: finding what a session that
 * is far behind gets next costs no more than what it gets.
 *
 * <p>Confined to its verticle's context.
 */
final class LatestRows {
  /** Rows that share an offset; a logged batch has no more rows than these. */
  private static final long ROWS_PER_OFFSET = 64;

  private final NavigableMap<Long, Segment.Row> rows = new TreeMap<>();
  private final Map<Update.Kind, Map<String, Long>> placeByKey = new EnumMap<>(Update.Kind.class);

  /** Adds a row that follows those added before. */
  void add(Segment.Row row) {
    long place = row.offset() * ROWS_PER_OFFSET;
    while (rows.containsKey(place)) {
      place++;
    }
    rows.put(place, row);
    Update.Kind kind = row.update().kind();
    if (kind.isConflatable()) {
      Long before =
          placeByKey
              .computeIfAbsent(kind, k -> new HashMap<>())
              .put(row.update().conflationKey(), place);
      if (before != null) {
        rows.remove(before);
      }
    }
  }

  /** Lets go of the rows until {@code offset}. */
  void removeUntil(long offset) {
    long end = (offset + 1) * ROWS_PER_OFFSET;
    Map.Entry<Long, Segment.Row> first = rows.firstEntry();
    while (first != null && first.getKey() < end) {
      rows.pollFirstEntry();
      Update update = first.getValue().update();
      Map<String, Long> places = placeByKey.get(update.kind());
      if (places != null) {
        places.remove(update.conflationKey(), first.getKey());
      }
      first = rows.firstEntry();
    }
  }

  /** The first {@code most} rows after {@code offset}. */
  List<Segment.Row> after(long offset, int most) {
    List<Segment.Row> found = new ArrayList<>();
    for (Segment.Row row : rows.tailMap((offset + 1) * ROWS_PER_OFFSET, true).values()) {
      if (found.size() == most) {
        break;
      }
      found.add(row);
    }
    return found;
  }
}
