package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitOverride.Scope;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.UserRole;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands under {@code overrides}: {@code roles}, {@code users} and {@code rooms}, each a
 * mapping from names to limits as they stand at the top of the file. A scope or a name without
 * anything under it is none.
 *
 * <p>Bound: {@value #MAX_OVERRIDES} limits in all; every node hears all of them once a second.
 *
 * <p>Confined to the thread that parses.
 */
final class OverridesParser {
  static final int MAX_OVERRIDES = 1000;

  private static final int MAX_NAME_CHARS = 256;

  private final List<String> problems;
  private final Map<List<Object>, LimitOverride> overrides = new LinkedHashMap<>();

  OverridesParser(List<String> problems) {
    this.problems = problems;
  }

  /** The overrides in {@code value}; what is wrong with them is added to the problems. */
  List<LimitOverride> read(@Nullable Object value) {
    each(LimitsParser.OVERRIDES, value, this::readScope);
    if (overrides.size() > MAX_OVERRIDES) {
      problems.add(
          LimitsParser.OVERRIDES
              + ": "
              + overrides.size()
              + " limits (expected: at most "
              + MAX_OVERRIDES
              + ")");
    }
    return new ArrayList<>(overrides.values());
  }

  private interface Reader {
    void read(String path, String name, @Nullable Object value);
  }

  /** Reads each entry of the mapping {@code value}; there is none when it is null. */
  private void each(String path, @Nullable Object value, Reader reader) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, below) -> reader.read(path + "." + name, String.valueOf(name), below));
    } else if (value != null) {
      problems.add(path + ": " + LimitsParser.quoted(value) + " (expected: a mapping)");
    }
  }

  private void readScope(String path, String word, @Nullable Object value) {
    Scope scope = Scope.ofWord(word);
    if (scope == null) {
      problems.add(path + ": " + LimitsParser.quoted(value) + " (expected: roles, users or rooms)");
    } else {
      each(path, value, (below, name, limits) -> readName(below, scope, name, limits));
    }
  }

  private void readName(String path, Scope scope, String name, @Nullable Object limits) {
    String expected = expectedName(scope, name);
    if (expected != null) {
      problems.add(
          LimitsParser.OVERRIDES
              + "."
              + scope.word()
              + ": "
              + Texts.quote(name, 80)
              + " (expected: "
              + expected
              + ")");
    } else {
      each(path, limits, (below, key, value) -> readLimit(below, scope, name, key, value));
    }
  }

  /** What was expected of a name; null = it is one. */
  private static @Nullable String expectedName(Scope scope, String name) {
    return switch (scope) {
      case ROLE ->
          UserRole.ofWord(name) != null
              ? null
              : List.of(UserRole.values()).stream()
                  .map(UserRole::word)
                  .collect(Collectors.joining(", "));
      case USER ->
          !name.isBlank() && name.length() <= MAX_NAME_CHARS
              ? null
              : "1 to " + MAX_NAME_CHARS + " characters";
      case ROOMS ->
          LimitPolicy.isRoomPattern(name) && name.length() <= MAX_NAME_CHARS
              ? null
              : "SOURCE:*, * in SOURCE for any text; all rooms of a source are one stream";
    };
  }

  private void readLimit(
      String path, Scope scope, String name, String key, @Nullable Object value) {
    if (value instanceof Map<?, ?> nested) {
      nested.forEach(
          (below, number) -> readLimit(path + "." + below, scope, name, key + "." + below, number));
      return;
    }
    LimitKey limit = LimitKey.ofKey(key);
    if (limit == null || !scope.keys().contains(limit)) {
      problems.add(
          path
              + ": "
              + LimitsParser.quoted(value)
              + " (expected: one of "
              + scope.keys().stream().map(LimitKey::key).collect(Collectors.joining(", "))
              + ")");
      return;
    }
    Double number = LimitsParser.numberOf(limit, value);
    if (number == null) {
      problems.add(path + ": " + LimitsParser.outOfBounds(limit, value));
    } else {
      overrides.put(List.of(scope, name, limit), new LimitOverride(scope, name, key, number));
    }
  }
}
