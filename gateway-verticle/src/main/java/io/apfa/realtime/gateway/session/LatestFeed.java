package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A room of latest values: {@code queues} or {@code workers}. Each change has a number of this
 * gateway's own; a subscription is owed the values that changed after its number, and a new one all
 * of them.
 *
 * <p>Confined to its verticle's context.
 */
final class LatestFeed extends Feed {
  private final String name;
  private final Map<String, Value> values = new HashMap<>();
  private final Map<Key, Composition> compositions = new HashMap<>();
  private long changes;
  private long changedMillis;

  private record Value(Update update, long change) {}

  private record Key(long position, Format format, int maxFrames) {}

  LatestFeed(String name) {
    this.name = name;
  }

  /** Takes values; when they are all there are, others go, and everyone gets all again. */
  void put(List<Update> updates, boolean complete, long nowMillis) {
    if (complete) {
      values.clear();
    }
    for (Update update : updates) {
      values.put(update.conflationKey(), new Value(update, ++changes));
    }
    if (!updates.isEmpty()) {
      changedMillis = nowMillis;
    }
    compositions.clear();
  }

  /** Every current value. */
  List<Update> all() {
    return values.values().stream()
        .sorted(Comparator.comparingLong(Value::change))
        .map(Value::update)
        .toList();
  }

  @Override
  StreamPosition position() {
    return StreamPosition.NONE;
  }

  @Override
  boolean hasAfter(long position) {
    return changes > position;
  }

  @Override
  boolean reaches(long position) {
    return true;
  }

  @Override
  Composition compose(
      long position, Format format, boolean conflate, int maxFrames, Shape shape, long generation) {
    Key key = new Key(position, format, maxFrames);
    Composition known = compositions.get(key);
    if (known == null) {
      known = make(key, shape);
      compositions.put(key, known);
    }
    return known;
  }

  private Composition make(Key key, Shape shape) {
    List<Value> newer =
        values.values().stream()
            .filter(value -> value.change > key.position)
            .sorted(Comparator.comparingLong(Value::change))
            .toList();
    List<Frame> frames = new ArrayList<>();
    long end = changes;
    for (int start = 0; start < newer.size(); start += shape.batchSize()) {
      if (frames.size() == key.maxFrames) {
        end = newer.get(start - 1).change;
        break;
      }
      List<Update> updates =
          newer.subList(start, Math.min(newer.size(), start + shape.batchSize())).stream()
              .map(Value::update)
              .toList();
      Batch batch = Batch.ofLatestValues(changedMillis, updates);
      frames.add(key.format.encode(name, batch, shape.thresholdBytes()));
    }
    return new Composition(List.copyOf(frames), end, 0, 0);
  }
}
