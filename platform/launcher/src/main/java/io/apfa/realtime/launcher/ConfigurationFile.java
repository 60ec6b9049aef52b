package io.apfa.realtime.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads {@code apfa.yaml} to dotted keys and lets the environment override them: {@code APFA_} and
 * the key in upper case, {@code .} and {@code -} as {@code _}.
 *
 * <p>Immutable.
 */
final class ConfigurationFile {
  private static final Path DEFAULT_FILE = Path.of("conf", "apfa.yaml");

  private ConfigurationFile() {}

  /**
   * The configuration's dotted keys.
   *
   * @param file null = {@code conf/apfa.yaml} if it is there
   * @throws IllegalArgumentException when a file was named and cannot be read, or is not YAML
   */
  static Map<String, String> read(@Nullable Path file, Map<String, String> environment) {
    Map<String, String> values = new TreeMap<>();
    Path path = file != null ? file : Files.exists(DEFAULT_FILE) ? DEFAULT_FILE : null;
    if (path != null) {
      flatten("", load(path), values);
    }
    override(values, environment);
    return values;
  }

  /** The environment variable that overrides {@code key}. */
  static String variableOf(String key) {
    return "APFA_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private static @Nullable Object load(Path path) {
    String text;
    try {
      text = Files.readString(path);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--config: \"" + path + "\" cannot be read (expected: a readable YAML file)", e);
    }
    try {
      return new Load(LoadSettings.builder().build()).loadFromString(text);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(path + ": not YAML: " + e.getMessage(), e);
    }
  }

  private static void flatten(String prefix, @Nullable Object value, Map<String, String> values) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, nested) ->
              flatten(prefix.isEmpty() ? name + "" : prefix + "." + name, nested, values));
    } else if (value instanceof List<?> list) {
      List<String> texts = new ArrayList<>();
      for (Object each : list) {
        texts.add(String.valueOf(each));
      }
      values.put(prefix, String.join(",", texts));
    } else if (value != null && !prefix.isEmpty()) {
      values.put(prefix, value.toString());
    } else if (!prefix.isEmpty()) {
      values.put(prefix, "");
    }
  }

  private static void override(Map<String, String> values, Map<String, String> environment) {
    Map<String, String> keyOfVariable = new TreeMap<>();
    for (String key : values.keySet()) {
      keyOfVariable.put(variableOf(key), key);
    }
    for (String key : KnownKeys.ALL) {
      keyOfVariable.putIfAbsent(variableOf(key), key);
    }
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith("APFA_") && !variable.startsWith("APFA_LOG_")) {
            String key = keyOfVariable.get(variable);
            values.put(key != null ? key : unknownKey(variable), value);
          }
        });
  }

  /** A source's key ({@code APFA_SOURCES_ORDERS_BROKER_URL}), or a key that nobody will read. */
  private static String unknownKey(String variable) {
    String rest = variable.substring("APFA_".length()).toLowerCase(Locale.ROOT);
    if (rest.startsWith("sources_")) {
      for (String key : KnownKeys.OF_A_SOURCE) {
        String suffix = "_" + key.replace('.', '_').replace('-', '_');
        if (rest.endsWith(suffix)) {
          return "sources."
              + rest.substring("sources_".length(), rest.length() - suffix.length())
              + "."
              + key;
        }
      }
    }
    return variable;
  }
}
