package io.apfa.realtime.protocol;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits in force for whom: the common ones, and what is another for a role, a user, or the
 * rooms of a source. A user's override comes before the one of the user's role; of the patterns of
 * rooms the first that matches a source counts, and no other.
 *
 * <p>Immutable.
 */
public final class LimitPolicy {
  /** Every limit at its default, for everyone. */
  public static final LimitPolicy DEFAULTS = new LimitPolicy(Limits.DEFAULTS, List.of());

  private static final String ALL_ROOMS = ":*";

  private final Limits common;
  private final List<LimitOverride> overrides;
  private final Map<String, Map<LimitKey, Double>> roles = new HashMap<>();
  private final Map<String, Map<LimitKey, Double>> users = new HashMap<>();
  private final Map<String, Map<LimitKey, Double>> rooms = new LinkedHashMap<>();

  private LimitPolicy(Limits common, List<LimitOverride> overrides) {
    this.common = common;
    this.overrides = List.copyOf(overrides);
    for (LimitOverride override : overrides) {
      LimitKey key = LimitKey.ofKey(override.key());
      if (key != null && override.scope().keys().contains(key)) {
        of(override.scope())
            .computeIfAbsent(override.name(), name -> new EnumMap<>(LimitKey.class))
            .put(key, override.value());
      }
    }
  }

  /** The same limits for everyone. */
  public static LimitPolicy of(Limits common) {
    return new LimitPolicy(common, List.of());
  }

  /** {@code common} but for {@code overrides}; those that no node knows have no effect. */
  public static LimitPolicy of(Limits common, List<LimitOverride> overrides) {
    return new LimitPolicy(common, overrides);
  }

  /** Whether {@code pattern} is one that rooms can have: {@code SOURCE:*}. */
  public static boolean isRoomPattern(String pattern) {
    return pattern.endsWith(ALL_ROOMS)
        && pattern.indexOf(':') == pattern.length() - ALL_ROOMS.length()
        && pattern.length() > ALL_ROOMS.length();
  }

  /** The limits of everyone and everything without an override. */
  public Limits common() {
    return common;
  }

  /** Every override, in the order of the file. */
  public List<LimitOverride> overrides() {
    return overrides;
  }

  /** The limits of the role itself; null = of none. */
  public Limits ofRole(@Nullable UserRole role) {
    return common.with(roles.get(role == null ? "" : role.word()));
  }

  /** The limits of {@code user} with {@code role}; null = it is not known. */
  public Limits ofUser(String user, @Nullable UserRole role) {
    return ofRole(role).with(users.get(user));
  }

  /** The limits of the stream of {@code source}, which all its rooms share. */
  public Limits ofSource(String source) {
    for (Map.Entry<String, Map<LimitKey, Double>> entry : rooms.entrySet()) {
      String pattern = entry.getKey();
      if (isRoomPattern(pattern)
          && Glob.matches(pattern.substring(0, pattern.length() - ALL_ROOMS.length()), source)) {
        return common.with(entry.getValue());
      }
    }
    return common;
  }

  /** The limits of the sources whose first pattern is {@code pattern}. */
  public Limits ofRooms(String pattern) {
    return common.with(rooms.get(pattern));
  }

  /** Name to limits for one scope, in the order of the file. */
  public Map<String, Map<LimitKey, Double>> byName(LimitOverride.Scope scope) {
    Map<String, Map<LimitKey, Double>> copy = new LinkedHashMap<>();
    for (LimitOverride override : overrides) {
      Map<LimitKey, Double> known = of(scope).get(override.name());
      if (override.scope() == scope && known != null) {
        copy.putIfAbsent(override.name(), Collections.unmodifiableMap(known));
      }
    }
    return copy;
  }

  private Map<String, Map<LimitKey, Double>> of(LimitOverride.Scope scope) {
    return switch (scope) {
      case ROLE -> roles;
      case USER -> users;
      case ROOMS -> rooms;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LimitPolicy policy
        && common.equals(policy.common)
        && overrides.equals(policy.overrides);
  }

  @Override
  public int hashCode() {
    return 31 * common.hashCode() + overrides.hashCode();
  }

  @Override
  public String toString() {
    return common + " but " + overrides;
  }
}
