package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A room as a filter of its source's stream, with the source's positions. A composition is computed
 * once per (position, format) and shared by every subscription there, until the stream moves on.
 *
 * <p>Confined to its verticle's context.
 */
final class StreamFeed extends Feed {
  private final Room room;
  private final String name;
  private final SourceStream stream;
  private final Deque<Segment> segments = new ArrayDeque<>();
  private final Map<Key, Composition> compositions = new HashMap<>();

  /** The one asked for last: most sessions stand where the one before stood. */
  private @Nullable Key lately;

  private @Nullable Composition latelyComposed;
  private final List<Segment.Row> pending = new ArrayList<>();
  private final Generations generations = new Generations();
  private String epoch;
  private long floor;
  private long lastEnd;

  private record Key(
      long position, Format format, boolean conflate, int maxFrames, long generation) {
    boolean is(
        long otherPosition,
        Format otherFormat,
        boolean otherConflate,
        int otherMaxFrames,
        long otherGeneration) {
      return position == otherPosition
          && format == otherFormat
          && conflate == otherConflate
          && maxFrames == otherMaxFrames
          && generation == otherGeneration;
    }
  }

  StreamFeed(Room room, SourceStream stream) {
    this.room = room;
    this.name = room.name();
    this.stream = stream;
    this.epoch = stream.epoch();
    this.floor = stream.head();
    this.lastEnd = stream.head();
  }

  Room room() {
    return room;
  }

  @Override
  StreamPosition position() {
    return new StreamPosition(stream.epoch(), stream.head());
  }

  @Override
  boolean hasAfter(long position) {
    return lastEnd > position;
  }

  @Override
  boolean reaches(long position) {
    return position >= floor || position >= stream.floor();
  }

  /** What follows this offset is at hand. */
  long floor() {
    return Math.min(floor, stream.floor());
  }

  /** Filters what the stream has from before this feed's floor, when {@code position} needs it. */
  void reachDownTo(long position) {
    if (position >= floor || stream.floor() >= floor) {
      return;
    }
    List<Segment> all = new ArrayList<>();
    for (Segment segment : stream.recent()) {
      List<Segment.Row> rows =
          segment.offset() > floor
              ? List.of()
              : segment.rows().stream()
                  .filter(row -> RoomFilter.matches(room, row.update()))
                  .toList();
      if (!rows.isEmpty()) {
        all.add(part(segment, segment.from(), rows));
      }
    }
    all.addAll(segments);
    segments.clear();
    floor = stream.floor();
    lastEnd = floor;
    for (Segment segment : all) {
      segments.addLast(part(segment, lastEnd + 1, segment.rows()));
      lastEnd = segment.offset();
    }
    forgetCompositions();
  }

  /** A row of the segment that is being indexed belongs here. */
  void offer(Segment.Row row) {
    pending.add(row);
  }

  /** Whether any row was offered since the last {@link #close}. */
  boolean hasOffered() {
    return !pending.isEmpty();
  }

  /** The segment is indexed: what was offered of it is this room's. */
  void close(Segment segment, Shape shape) {
    Segment own = part(segment, lastEnd + 1, List.copyOf(pending));
    pending.clear();
    if (hasColumns()) {
      own.setDeltas(
          generations.encode(
              name, own.batches(epoch, shape), shape.thresholdBytes(), own.arrivedNanos()));
    } else {
      generations.end();
    }
    segments.addLast(own);
    lastEnd = segment.offset();
    forgetCompositions();
  }

  /**
   * This room's part of a segment. A segment keeps the frames made of it, with their room's name in
   * them, so only one room may have it as it came: the one that always has all of it.
   */
  private Segment part(Segment segment, long from, List<Segment.Row> rows) {
    boolean whole = rows.size() == segment.rows().size() && segment.from() == from;
    return whole && room.kind() == Room.Kind.TASKS ? segment : segment.withRows(from, rows);
  }

  private boolean hasColumns() {
    for (Subscription subscription : subscriptions()) {
      if (subscription.request().format() == Format.BRIDGE_COLUMNS) {
        return true;
      }
    }
    return false;
  }

  /** The stream could not go on. */
  void restart() {
    generations.end();
    segments.clear();
    forgetCompositions();
    pending.clear();
    epoch = stream.epoch();
    floor = stream.floor();
    lastEnd = stream.floor();
  }

  /** Lets go of what the stream let go of. */
  void trim() {
    while (!segments.isEmpty() && segments.getFirst().offset() <= stream.floor()) {
      floor = segments.removeFirst().offset();
      forgetCompositions();
    }
  }

  @Override
  Composition compose(
      long position, Format format, boolean conflate, int maxFrames, Shape shape, long generation) {
    Key late = lately;
    Composition composed = latelyComposed;
    if (late != null
        && composed != null
        && late.is(position, format, conflate, maxFrames, generation)) {
      return composed;
    }
    Key key = new Key(position, format, conflate, maxFrames, generation);
    Composition known = compositions.get(key);
    if (known == null) {
      known = make(key, shape);
      compositions.put(key, known);
    }
    lately = key;
    latelyComposed = known;
    return known;
  }

  private void forgetCompositions() {
    compositions.clear();
    lately = null;
    latelyComposed = null;
  }

  /** A batch without updates, which says that the room has nothing after {@code position}. */
  Frame nothingSince(long position, Format format, Shape shape) {
    Batch nothing =
        new Batch(epoch, position + 1, stream.head(), false, stream.closedMillis(), List.of());
    return format.encode(name, nothing, shape.thresholdBytes());
  }

  private Composition make(Key key, Shape shape) {
    if (!key.conflate) {
      Composition asTheyCame = asTheyCame(key, shape);
      if (asTheyCame != null) {
        return asTheyCame;
      }
    }
    Pending pending = pendingAfter(key.position);
    List<Segment.Row> kept = Rows.conflate(pending.rows);
    int left = pending.rows.size() - kept.size();
    long end = Math.max(key.position, lastEnd);
    List<Batch> batches =
        Rows.split(
            kept, key.position + 1, end, epoch, pending.closedMillis, left > 0, shape.batchSize());
    List<Frame> frames = new ArrayList<>();
    for (Batch batch : batches.subList(0, Math.min(key.maxFrames, batches.size()))) {
      frames.add(key.format.encode(name, batch, shape.thresholdBytes()));
      end = batch.offset();
    }
    return new Composition(List.copyOf(frames), end, left, 0);
  }

  /** The segments after the position unchanged, if they fit into one flush. */
  private @Nullable Composition asTheyCame(Key key, Shape shape) {
    List<Frame> frames = new ArrayList<>();
    boolean columns = key.format == Format.BRIDGE_COLUMNS;
    long generation = columns ? key.generation : 0;
    for (Segment segment : after(key.position)) {
      if (key.position >= segment.rows().get(0).offset()) {
        return null;
      }
      Generations.Deltas deltas = columns ? segment.deltas() : null;
      if (deltas != null && (deltas.isFirst() || deltas.generation() == generation)) {
        frames.addAll(deltas.frames());
        generation = deltas.generation();
      } else {
        frames.addAll(segment.frames(key.format, name, epoch, shape));
        generation = 0;
      }
      if (frames.size() > key.maxFrames) {
        return null;
      }
    }
    return new Composition(List.copyOf(frames), Math.max(key.position, lastEnd), 0, generation);
  }

  /** This room's segments that end after {@code position}. */
  private Deque<Segment> after(long position) {
    Deque<Segment> found = new ArrayDeque<>();
    Iterator<Segment> newestFirst = segments.descendingIterator();
    while (newestFirst.hasNext()) {
      Segment segment = newestFirst.next();
      if (segment.offset() <= position) {
        break;
      }
      found.addFirst(segment);
    }
    return found;
  }

  /**
   * What follows {@code position}, for a reader without a session: conflated, in batches of {@code
   * batchSize}.
   */
  List<Batch> batchesAfter(long position, int batchSize) {
    Pending pending = pendingAfter(position);
    List<Segment.Row> kept = Rows.conflate(pending.rows);
    return Rows.split(kept, position + 1, lastEnd, epoch, pending.closedMillis, true, batchSize);
  }

  private record Pending(List<Segment.Row> rows, long closedMillis) {}

  private Pending pendingAfter(long position) {
    List<Segment.Row> rows = new ArrayList<>();
    long closedMillis = 0;
    for (Segment segment : after(position)) {
      closedMillis = Math.max(closedMillis, segment.closedMillis());
      for (Segment.Row row : segment.rows()) {
        if (row.offset() > position) {
          rows.add(row);
        }
      }
    }
    return new Pending(rows, closedMillis);
  }
}
