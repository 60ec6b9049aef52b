package io.apfa.realtime.bridge.event;

import org.jspecify.annotations.Nullable;

/**
 * Gives equal names one object: task names, workers and queues repeat in every event, and a table
 * of a million tasks should hold each once. A fixed number of places; a name that meets another in
 * its place takes it. Confined to one thread.
 */
final class NameCache {
  private static final int PLACES = 4096;

  private final @Nullable String[] names = new @Nullable String[PLACES];

  String get(String name) {
    int hash = name.hashCode();
    int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    String known = names[place];
    if (name.equals(known)) {
      return known;
    }
    names[place] = name;
    return name;
  }
}
