package io.apfa.realtime.protocol;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a user may do; each role may do what the ones before it may. Immutable. */
public enum UserRole {
  VIEWER,
  OPERATOR,
  ADMIN;

  /** The word in a token's {@code roles}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of {@code word}; null when there is none. */
  public static @Nullable UserRole ofWord(String word) {
    for (UserRole role : values()) {
      if (role.word().equals(word)) {
        return role;
      }
    }
    return null;
  }
}
