package io.apfa.realtime.broadcaster.room;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest value of each key, and which changed since they were taken. Past its bound the value
 * set longest ago leaves.
 *
 * <p>Confined to its verticle's context.
 */
final class LatestBook<T> {
  private final int maxValues;
  private final Map<String, T> values = new LinkedHashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();
  private final List<String> left = new ArrayList<>();

  LatestBook(int maxValues) {
    this.maxValues = maxValues;
  }

  @Nullable T value(String key) {
    return values.get(key);
  }

  List<T> all() {
    return List.copyOf(values.values());
  }

  /** Sets a value; the same one again changes nothing. */
  void put(String key, T value) {
    T known = values.remove(key);
    values.put(key, value);
    if (!value.equals(known)) {
      changed.add(key);
    }
    if (values.size() > maxValues) {
      Iterator<String> eldest = values.keySet().iterator();
      String leaving = eldest.next();
      eldest.remove();
      changed.remove(leaving);
      left.add(leaving);
    }
  }

  boolean hasChanged() {
    return !changed.isEmpty();
  }

  /** The values that changed since the last call. */
  List<T> takeChanged() {
    List<T> taken = new ArrayList<>(changed.size());
    for (String key : changed) {
      T value = values.get(key);
      if (value != null) {
        taken.add(value);
      }
    }
    changed.clear();
    return taken;
  }

  /** The keys that left since the last call. */
  List<String> takeLeft() {
    List<String> taken = List.copyOf(left);
    left.clear();
    return taken;
  }
}
