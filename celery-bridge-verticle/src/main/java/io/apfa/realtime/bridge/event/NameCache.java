package io.apfa.realtime.bridge.event;

import java.nio.charset.StandardCharsets;
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
    int place = place(name.hashCode());
    String known = names[place];
    if (name.equals(known)) {
      return known;
    }
    names[place] = name;
    return name;
  }

  /**
   * The name written in ASCII at those bytes, which has {@code hash}; no object for a known one.
   */
  String get(byte[] bytes, int from, int to, int hash) {
    int place = place(hash);
    String known = names[place];
    if (known != null && isAt(known, bytes, from, to)) {
      return known;
    }
    String name = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    names[place] = name;
    return name;
  }

  /** Whether those bytes are {@code name} in ASCII. */
  static boolean isAt(String name, byte[] bytes, int from, int to) {
    int length = to - from;
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != bytes[from + i]) {
        return false;
      }
    }
    return true;
  }

  private static int place(int hash) {
    return (hash ^ (hash >>> 16)) & (PLACES - 1);
  }
}
