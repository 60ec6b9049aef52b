package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.Texts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed options from dotted keys. It collects every problem instead of stopping at the first:
 * key, value and what was expected; at the end {@link #finish} also names the keys nobody read.
 *
 * <p>Confined to the thread that starts the node.
 */
public final class OptionsReader {
  private final Map<String, String> values;
  private final Set<String> read = new TreeSet<>();
  private final List<String> problems = new ArrayList<>();

  /** A reader of {@code values}: dotted key to text, as in {@code gateway.http.port} to 8080. */
  public OptionsReader(Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  /** The text of {@code key}, trimmed; {@code fallback} when absent. */
  public String text(String key, String fallback) {
    String value = raw(key);
    return value == null ? fallback : value.trim();
  }

  /** A text that must satisfy {@code legal}. */
  public String text(String key, String fallback, Predicate<String> legal, String expected) {
    String value = text(key, fallback);
    if (!legal.test(value)) {
      problem(key, value, expected);
      return fallback;
    }
    return value;
  }

  /** One of {@code words}. */
  public String oneOf(String key, String fallback, List<String> words) {
    return text(key, fallback, words::contains, "one of " + String.join(", ", words));
  }

  /** A whole number within bounds. */
  public int integer(String key, int fallback, int min, int max) {
    return (int) wholeNumber(key, fallback, min, max);
  }

  /** A whole number within bounds. */
  public long wholeNumber(String key, long fallback, long min, long max) {
    String value = raw(key);
    if (value == null || value.isBlank()) {
      return fallback;
    }
    try {
      long number = Long.parseLong(value.trim().replace("_", ""));
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with numbers out of bounds
    }
    problem(key, value, "a whole number from " + min + " to " + max);
    return fallback;
  }

  /** A share: a number from 0 to 1. */
  public double share(String key, double fallback) {
    String value = raw(key);
    if (value == null || value.isBlank()) {
      return fallback;
    }
    try {
      double number = Double.parseDouble(value.trim());
      if (number >= 0 && number <= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with numbers out of bounds
    }
    problem(key, value, "a number from 0 to 1");
    return fallback;
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String key, boolean fallback) {
    String value = raw(key);
    if (value == null || value.isBlank()) {
      return fallback;
    }
    String word = value.trim();
    if (word.equals("true") || word.equals("false")) {
      return word.equals("true");
    }
    problem(key, value, "true or false");
    return fallback;
  }

  /** A duration such as {@code 500ms}, {@code 10s}, {@code 2m} or {@code 1h}. */
  public Duration duration(String key, Duration fallback, Duration min, Duration max) {
    String value = raw(key);
    if (value == null || value.isBlank()) {
      return fallback;
    }
    Duration duration = parseDuration(value.trim());
    if (duration == null || duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      problem(
          key,
          value,
          "a duration such as 500ms, 10s, 2m or 1h, from "
              + min.toMillis()
              + "ms to "
              + max.toMillis()
              + "ms");
      return fallback;
    }
    return duration;
  }

  /** Texts separated by commas; empty ones are left out. */
  public List<String> texts(String key, List<String> fallback) {
    String value = raw(key);
    if (value == null) {
      return fallback;
    }
    List<String> texts = new ArrayList<>();
    for (String each : value.split(",", -1)) {
      if (!each.isBlank()) {
        texts.add(each.trim());
      }
    }
    return List.copyOf(texts);
  }

  /**
   * The names right under {@code prefix}, as {@code orders} of {@code sources.orders.broker.url}.
   */
  public Set<String> namesUnder(String prefix) {
    Set<String> names = new TreeSet<>();
    for (String key : values.keySet()) {
      if (key.startsWith(prefix + ".")) {
        String rest = key.substring(prefix.length() + 1);
        int dot = rest.indexOf('.');
        names.add(dot < 0 ? rest : rest.substring(0, dot));
      }
    }
    return names;
  }

  /** Notes a problem: {@code key: "value" (expected: …)}. */
  public void problem(String key, String value, String expected) {
    problems.add(key + ": " + Texts.quote(value, 80) + " (expected: " + expected + ")");
  }

  /**
   * Ends the reading.
   *
   * @throws IllegalArgumentException with every problem and every unknown key, one a line
   */
  public void finish() {
    for (Map.Entry<String, String> entry : values.entrySet()) {
      if (!read.contains(entry.getKey())) {
        problem(entry.getKey(), entry.getValue(), "a known key; see conf/apfa.yaml");
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
  }

  private @Nullable String raw(String key) {
    read.add(key);
    return values.get(key);
  }

  private static @Nullable Duration parseDuration(String text) {
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    if (digits == 0 || digits > 9) {
      return null;
    }
    long number = Long.parseLong(text.substring(0, digits));
    return switch (text.substring(digits).trim()) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> null;
    };
  }
}
