package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Texts;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads {@code limits.yaml}: YAML 1.2, one mapping per group, one number per limit, and the
 * overrides for some. The file is valid as a whole or not at all; all problems are told together,
 * each with key, value and what was expected. A limit the file does not name has its default.
 *
 * <p>Confined to the thread that parses.
 */
public final class LimitsParser {
  static final String OVERRIDES = "overrides";

  private static final int MAX_CHARS = 256 * 1024;

  private final List<String> problems = new ArrayList<>();
  private final EnumMap<LimitKey, Double> values = new EnumMap<>(LimitKey.class);
  private List<LimitOverride> overrides = List.of();

  private LimitsParser() {}

  /**
   * The limits in {@code yaml}.
   *
   * @throws IllegalArgumentException with every problem, one a line
   */
  public static LimitPolicy parse(String yaml) {
    LimitsParser parser = new LimitsParser();
    parser.read(yaml);
    LimitPolicy policy = LimitPolicy.of(Limits.of(parser.values), parser.overrides);
    parser.problems.addAll(LimitsTogether.problems(policy));
    if (!parser.problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", parser.problems));
    }
    return policy;
  }

  private void read(String yaml) {
    if (yaml.length() > MAX_CHARS) {
      problems.add(
          "limits file: " + yaml.length() + " characters (expected: at most " + MAX_CHARS + ")");
      return;
    }
    Object document;
    try {
      document =
          new Load(LoadSettings.builder().setMaxAliasesForCollections(10).build())
              .loadFromString(yaml);
    } catch (YamlEngineException e) {
      problems.add("limits file: not YAML: " + e.getMessage());
      return;
    }
    if (document == null) {
      return;
    }
    if (!(document instanceof Map<?, ?> map)) {
      problems.add("limits file: " + quoted(document) + " (expected: a mapping)");
      return;
    }
    readGroup("", map);
  }

  private void readGroup(String prefix, Map<?, ?> group) {
    group.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (key.equals(OVERRIDES)) {
            overrides = new OverridesParser(problems).read(value);
          } else if (value instanceof Map<?, ?> nested) {
            readGroup(key + ".", nested);
          } else {
            readValue(key, value);
          }
        });
  }

  private void readValue(String key, @Nullable Object value) {
    LimitKey limit = LimitKey.ofKey(key);
    if (limit == null) {
      problems.add(key + ": " + quoted(value) + " (expected: a known limit; see conf/limits.yaml)");
      return;
    }
    Double number = numberOf(limit, value);
    if (number == null) {
      problems.add(key + ": " + outOfBounds(limit, value));
    } else {
      values.put(limit, number);
    }
  }

  /** The number {@code value} is; null when it is none or out of the limit's bounds. */
  static @Nullable Double numberOf(LimitKey limit, @Nullable Object value) {
    double number = value instanceof Number n ? n.doubleValue() : Double.NaN;
    return number >= limit.min() && number <= limit.max() ? number : null;
  }

  /** Why {@code value} cannot be {@code limit}'s. */
  static String outOfBounds(LimitKey limit, @Nullable Object value) {
    return quoted(value)
        + " (expected: "
        + number(limit.min())
        + " to "
        + number(limit.max())
        + " "
        + limit.unit()
        + ")";
  }

  static String quoted(@Nullable Object value) {
    return Texts.quote(String.valueOf(value), 80);
  }

  /** A number as people write it: without a decimal point when it is whole. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
