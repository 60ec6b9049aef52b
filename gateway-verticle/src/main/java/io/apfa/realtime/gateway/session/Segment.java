package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a room has of one logged batch: some of its rows, or all. The frames made of it as it stands
 * are kept, so each is encoded once per format.
 *
 * <p>Confined to its verticle's context.
 */
final class Segment {
  /** One update with its offset. */
  record Row(long offset, Update update) {}

  private final long from;
  private final long offset;
  private final long closedMillis;
  private final List<Row> rows;
  private final long arrivedNanos;
  private final int logBytes;
  private final Map<Format, List<Frame>> frames = new EnumMap<>(Format.class);
  private Generations.@Nullable Deltas deltas;

  Segment(
      long from, long offset, long closedMillis, List<Row> rows, long arrivedNanos, int logBytes) {
    this.from = from;
    this.offset = offset;
    this.closedMillis = closedMillis;
    this.rows = rows;
    this.arrivedNanos = arrivedNanos;
    this.logBytes = logBytes;
  }

  /** The rows of a dense batch: the i-th has offset {@code from + i}. */
  static Segment ofBatch(Batch batch, long arrivedNanos, int logBytes) {
    List<Row> rows = new ArrayList<>(batch.updates().size());
    for (int i = 0; i < batch.updates().size(); i++) {
      rows.add(new Row(Math.min(batch.from() + i, batch.offset()), batch.updates().get(i)));
    }
    return new Segment(
        batch.from(), batch.offset(), batch.closedMillis(), rows, arrivedNanos, logBytes);
  }

  /** The same moment with other rows, said to begin at {@code newFrom}. */
  Segment withRows(long newFrom, List<Row> otherRows) {
    return new Segment(newFrom, offset, closedMillis, otherRows, arrivedNanos, 0);
  }

  long from() {
    return from;
  }

  long offset() {
    return offset;
  }

  long closedMillis() {
    return closedMillis;
  }

  List<Row> rows() {
    return rows;
  }

  /** How many of its rows come after {@code position} and not after {@code end}. */
  int rowsBetween(long position, long end) {
    if (rows.isEmpty() || rows.get(0).offset() > end) {
      return 0;
    }
    if (rows.get(0).offset() > position && offset <= end) {
      return rows.size();
    }
    int count = 0;
    for (Row row : rows) {
      count += row.offset() > position && row.offset() <= end ? 1 : 0;
    }
    return count;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  int logBytes() {
    return logBytes;
  }

  /** The frames of this segment as it stands, encoded now if they were not before. */
  List<Frame> frames(Format format, String room, String epoch, Shape shape) {
    List<Frame> known = frames.get(format);
    if (known == null) {
      known =
          batches(epoch, shape).stream()
              .map(batch -> format.encode(room, batch, shape.thresholdBytes()))
              .toList();
      frames.put(format, known);
    }
    return known;
  }

  /** This segment as batches. */
  List<Batch> batches(String epoch, Shape shape) {
    return Rows.split(rows, from, offset, epoch, closedMillis, false, shape.batchSize());
  }

  /** Its delta frames; null when none were made. */
  Generations.@Nullable Deltas deltas() {
    return deltas;
  }

  void setDeltas(Generations.Deltas made) {
    deltas = made;
  }
}
