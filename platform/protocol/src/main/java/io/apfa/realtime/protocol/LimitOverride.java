package io.apfa.realtime.protocol;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One limit that is another for some than for the rest.
 *
 * <p>Immutable.
 *
 * @param scope whom {@code name} names
 * @param name a role's word, a user, or a pattern of rooms
 * @param key the dotted key in {@code limits.yaml}; text, so that a node passes over one it does
 *     not know
 * @param value in the key's unit
 */
public record LimitOverride(Scope scope, String name, String key, double value) {
  private static final Set<LimitKey> USER_KEYS =
      Collections.unmodifiableSet(
          EnumSet.of(
              LimitKey.SESSION_MESSAGES_PER_SECOND,
              LimitKey.SESSION_BURST,
              LimitKey.SESSION_FRAMES_PER_FLUSH,
              LimitKey.SESSION_MAX_HOLD_MILLIS,
              LimitKey.SESSION_MAX_ROOMS,
              LimitKey.GATEWAY_SESSIONS_PER_USER,
              LimitKey.COMMANDS_PER_SECOND_PER_USER,
              LimitKey.COMMANDS_BURST_PER_USER));
  private static final Set<LimitKey> ROLE_KEYS = roleKeys();
  private static final Set<LimitKey> ROOM_KEYS =
      Collections.unmodifiableSet(
          EnumSet.of(
              LimitKey.BATCH_FLUSH_INTERVAL_MILLIS,
              LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS,
              LimitKey.PUBLISH_BYTES_PER_SECOND));

  /** Whom an override is for; the order is the number on the bus, so new ones come last. */
  public enum Scope {
    /** All users whose highest role it is. */
    ROLE("roles"),
    /** One user; it comes before the user's role. */
    USER("users"),
    /** Every room of the sources that match: they are one stream, so they have one pace. */
    ROOMS("rooms");

    private final String word;

    Scope(String word) {
      this.word = word;
    }

    /** The scope of {@code word}; null when there is none. */
    public static @Nullable Scope ofWord(String word) {
      for (Scope scope : values()) {
        if (scope.word.equals(word)) {
          return scope;
        }
      }
      return null;
    }

    /** The word under {@code overrides} in {@code limits.yaml}. */
    public String word() {
      return word;
    }

    /** The limits that may be overridden for it, in the order of the file. */
    public Set<LimitKey> keys() {
      return switch (this) {
        case ROLE -> ROLE_KEYS;
        case USER -> USER_KEYS;
        case ROOMS -> ROOM_KEYS;
      };
    }
  }

  private static Set<LimitKey> roleKeys() {
    EnumSet<LimitKey> keys = EnumSet.copyOf(USER_KEYS);
    keys.add(LimitKey.COMMANDS_PER_SECOND_PER_ROLE);
    keys.add(LimitKey.COMMANDS_BURST_PER_ROLE);
    return Collections.unmodifiableSet(keys);
  }
}
