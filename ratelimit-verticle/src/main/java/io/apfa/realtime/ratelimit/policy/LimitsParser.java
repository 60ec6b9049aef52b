package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Texts;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads {@code limits.yaml}: YAML 1.2, one mapping per group, one number per limit. The file is
 * valid as a whole or not at all; all problems are told together, each with key, value and what was
 * expected. A limit the file does not name has its default.
 *
 * <p>Immutable.
 */
public final class LimitsParser {
  private static final int MAX_CHARS = 256 * 1024;

  private final List<String> problems = new ArrayList<>();
  private final EnumMap<LimitKey, Double> values = new EnumMap<>(LimitKey.class);

  private LimitsParser() {}

  /**
   * The limits in {@code yaml}.
   *
   * @throws IllegalArgumentException with every problem, one a line
   */
  public static Limits parse(String yaml) {
    LimitsParser parser = new LimitsParser();
    parser.read(yaml);
    Limits limits = Limits.of(parser.values);
    parser.checkTogether(limits);
    if (!parser.problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", parser.problems));
    }
    return limits;
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
          if (value instanceof Map<?, ?> nested) {
            readGroup(key + ".", nested);
          } else {
            readValue(key, value);
          }
        });
  }

  private void readValue(String key, Object value) {
    LimitKey limit = LimitKey.ofKey(key);
    if (limit == null) {
      problems.add(key + ": " + quoted(value) + " (expected: a known limit; see conf/limits.yaml)");
      return;
    }
    double number = value instanceof Number n ? n.doubleValue() : Double.NaN;
    if (!(number >= limit.min() && number <= limit.max())) {
      problems.add(
          key
              + ": "
              + quoted(value)
              + " (expected: "
              + number(limit.min())
              + " to "
              + number(limit.max())
              + " "
              + limit.unit()
              + ")");
      return;
    }
    values.put(limit, number);
  }

  private void checkTogether(Limits limits) {
    double holdMillis = limits.get(LimitKey.SESSION_MAX_HOLD_MILLIS);
    double permitMillis = 1000 / limits.get(LimitKey.SESSION_MESSAGES_PER_SECOND);
    if (holdMillis + 1e-9 < permitMillis) {
      problems.add(
          LimitKey.SESSION_MAX_HOLD_MILLIS.key()
              + ": "
              + number(holdMillis)
              + " (expected: at least 1 / "
              + LimitKey.SESSION_MESSAGES_PER_SECOND.key()
              + " = "
              + number(Math.ceil(permitMillis))
              + " ms, else what is held has no permit to leave with)");
    }
    checkOrder(
        limits, LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
    checkOrder(limits, LimitKey.HEARTBEAT_PING_AFTER_MILLIS, LimitKey.HEARTBEAT_CLOSE_AFTER_MILLIS);
  }

  private void checkOrder(Limits limits, LimitKey smaller, LimitKey larger) {
    if (limits.get(smaller) > limits.get(larger)) {
      problems.add(
          smaller.key()
              + ": "
              + number(limits.get(smaller))
              + " (expected: at most "
              + larger.key()
              + " = "
              + number(limits.get(larger))
              + ")");
    }
  }

  private static String quoted(Object value) {
    return Texts.quote(String.valueOf(value), 80);
  }

  /** A number as people write it: without a decimal point when it is whole. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
