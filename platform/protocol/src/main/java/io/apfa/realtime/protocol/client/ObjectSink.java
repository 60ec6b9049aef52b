package io.apfa.realtime.protocol.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the members of an object one by one. A member that is absent (null, an unknown time, NaN, a
 * negative count) is left out: absent means unknown.
 */
interface ObjectSink {
  void text(String name, @Nullable String value);

  /** A whole number; negative ones are absent. */
  void count(String name, long value);

  /** Epoch milliseconds, written as epoch seconds with three decimals. */
  void time(String name, long millis);

  void real(String name, double value);

  /** JSON text, written as the value it stands for. */
  void json(String name, @Nullable String json);

  void texts(String name, List<String> values);

  void reals(String name, List<Double> values);

  /** Begins a nested object of exactly {@code members} members that are present. */
  void beginObject(String name, int members);

  void endObject();
}
