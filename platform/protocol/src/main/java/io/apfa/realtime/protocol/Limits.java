package io.apfa.realtime.protocol;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits: a value for every {@link LimitKey}.
 *
 * <p>Immutable.
 */
public final class Limits {
  /** Every limit at its default. */
  public static final Limits DEFAULTS = new Limits(new EnumMap<>(LimitKey.class));

  private final EnumMap<LimitKey, Double> overrides;

  private Limits(EnumMap<LimitKey, Double> overrides) {
    this.overrides = overrides;
  }

  /** Limits with {@code values} in place of the defaults. The caller has checked their bounds. */
  public static Limits of(Map<LimitKey, Double> values) {
    EnumMap<LimitKey, Double> copy = new EnumMap<>(LimitKey.class);
    copy.putAll(values);
    return new Limits(copy);
  }

  /** The value of {@code key}. */
  public double get(LimitKey key) {
    Double value = overrides.get(key);
    return value == null ? key.defaultValue() : value;
  }

  /** The value of {@code key} as a whole number. */
  public long getLong(LimitKey key) {
    return (long) get(key);
  }

  /** The value of {@code key} as a whole number that fits an int. */
  public int getInt(LimitKey key) {
    return (int) Math.min(Integer.MAX_VALUE, get(key));
  }

  /** The value of a {@code …-millis} key, in nanoseconds. */
  public long getNanosOfMillis(LimitKey key) {
    return (long) (get(key) * 1_000_000);
  }

  /** These limits with one other value. */
  public Limits with(LimitKey key, double value) {
    EnumMap<LimitKey, Double> copy = new EnumMap<>(LimitKey.class);
    copy.putAll(overrides);
    copy.put(key, value);
    return new Limits(copy);
  }

  /** These limits with {@code others} in place of the same; null = none. */
  Limits with(@Nullable Map<LimitKey, Double> others) {
    if (others == null) {
      return this;
    }
    EnumMap<LimitKey, Double> copy = new EnumMap<>(LimitKey.class);
    copy.putAll(overrides);
    copy.putAll(others);
    return new Limits(copy);
  }

  /** Every limit with its value, in the order of the file. */
  public Map<LimitKey, Double> asMap() {
    EnumMap<LimitKey, Double> all = new EnumMap<>(LimitKey.class);
    for (LimitKey key : LimitKey.values()) {
      all.put(key, get(key));
    }
    return all;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Limits limits && asMap().equals(limits.asMap());
  }

  @Override
  public int hashCode() {
    return asMap().hashCode();
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}
