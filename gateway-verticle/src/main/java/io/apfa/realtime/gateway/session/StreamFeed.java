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
  private final WorkBudget work;
  private final Deque<Segment> segments = new ArrayDeque<>();
  private final Map<Key, Composition> compositions = new HashMap<>();

  /** The one asked for last: most sessions stand where the one before stood. */
  private @Nullable Key lately;

  private @Nullable Composition latelyComposed;
  private final List<Segment.Row> pending = new ArrayList<>();
  private final Generations generations = new Generations();

  /** Made when it is first needed, and then kept: few rooms have sessions that are far behind. */
  private @Nullable LatestRows latest;

  /** How many subscriptions take columns. */
  private int columns;

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

  StreamFeed(Room room, SourceStream stream, WorkBudget work) {
    this.room = room;
    this.name = room.name();
    this.stream = stream;
    this.work = work;
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
    latest = null;
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
    if (columns > 0) {
      own.setDeltas(
          generations.encode(
              name, own.batches(epoch, shape), shape.thresholdBytes(), own.arrivedNanos()));
    } else {
      generations.end();
    }
    segments.addLast(own);
    if (latest != null) {
      own.rows().forEach(latest::add);
    }
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

  @Override
  boolean add(Subscription subscription) {
    boolean added = super.add(subscription);
    columns += added && hasColumns(subscription) ? 1 : 0;
    return added;
  }

  @Override
  boolean remove(Subscription subscription) {
    boolean removed = super.remove(subscription);
    columns -= removed && hasColumns(subscription) ? 1 : 0;
    return removed;
  }

  private static boolean hasColumns(Subscription subscription) {
    return subscription.format() == Format.BRIDGE_COLUMNS;
  }

  /** The stream could not go on. */
  void restart() {
    generations.end();
    segments.clear();
    latest = null;
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
      if (latest != null) {
        latest.removeUntil(floor);
      }
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
    Kept kept = keptAfter(key.position, key.maxFrames * shape.batchSize());
    work.spend(kept.rows.size());
    long end = kept.end;
    List<Batch> batches =
        Rows.split(
            kept.rows,
            key.position + 1,
            end,
            epoch,
            kept.closedMillis,
            kept.left > 0,
            shape.batchSize());
    List<Frame> frames = new ArrayList<>();
    for (Batch batch : batches) {
      frames.add(key.format.encode(name, batch, shape.thresholdBytes()));
    }
    return new Composition(List.copyOf(frames), end, kept.left, 0);
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
   * The first batch of what follows {@code position}, for a reader without a session: conflated, of
   * at most {@code batchSize} rows.
   */
  Batch batchAfter(long position, int batchSize) {
    Kept kept = keptAfter(position, batchSize);
    return Rows.split(kept.rows, position + 1, kept.end, epoch, kept.closedMillis, true, batchSize)
        .get(0);
  }

  /**
   * The first rows after a position that stay when it is conflated.
   *
   * @param end the offset they reach
   * @param left how many rows until there do not stay
   * @param closedMillis when the last batch that is here closed
   */
  private record Kept(List<Segment.Row> rows, long end, int left, long closedMillis) {}

  private Kept keptAfter(long position, int most) {
    LatestRows last = latest;
    if (last == null) {
      last = new LatestRows();
      for (Segment segment : segments) {
        segment.rows().forEach(last::add);
      }
      latest = last;
    }
    List<Segment.Row> kept = last.after(position, most + 1);
    long end = Math.max(position, lastEnd);
    if (kept.size() > most) {
      kept.remove(most);
      end = kept.get(most - 1).offset();
    }
    int all = 0;
    long closedMillis = 0;
    Iterator<Segment> newestFirst = segments.descendingIterator();
    while (newestFirst.hasNext()) {
      Segment segment = newestFirst.next();
      if (segment.offset() <= position) {
        break;
      }
      closedMillis = Math.max(closedMillis, segment.closedMillis());
      all += segment.rowsBetween(position, end);
    }
    return new Kept(kept, end, all - kept.size(), closedMillis);
  }
}
