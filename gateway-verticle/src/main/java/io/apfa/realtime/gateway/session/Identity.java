package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.Room;
import java.util.List;

/**
 * Who is on the other side, and what they may do.
 *
 * <p>Immutable.
 *
 * @param user the token's {@code sub}
 * @param role the highest of the token's roles
 * @param rooms patterns of rooms, {@code *} standing for any text
 * @param expiresMillis epoch milliseconds after which it is no longer valid; {@link Long#MAX_VALUE}
 *     = never
 * @param keyId the key that signed the token; empty = it has no id
 */
public record Identity(
    String user, UserRole role, List<String> rooms, long expiresMillis, String keyId) {
  /** Everyone, when {@code auth.mode} is {@code none}. */
  public static final Identity ANYONE =
      new Identity("anyone", UserRole.ADMIN, List.of("*"), Long.MAX_VALUE, "");

  public Identity {
    rooms = List.copyOf(rooms);
  }

  /** Whether this user may see {@code room}. */
  public boolean maySee(Room room) {
    if (room.kind() == Room.Kind.COMMANDS && role == UserRole.VIEWER) {
      return false;
    }
    return matchesPattern(room.name());
  }

  /** Whether this user may see every task of {@code source}. */
  public boolean maySeeAllTasks(String source) {
    return matchesPattern(Room.tasks(source).name());
  }

  /** Whether this user's role allows commands of {@code kind}. */
  public boolean mayCommand(Command.Kind kind) {
    return role.compareTo(roleFor(kind)) >= 0;
  }

  /** The lowest role that may give commands of {@code kind}. */
  public static UserRole roleFor(Command.Kind kind) {
    return switch (kind) {
      case PING -> UserRole.VIEWER;
      case REVOKE, RETRY, TRIGGER, PAUSE, RESUME, POOL, AUTOSCALE, RATE_LIMIT, TIME_LIMIT ->
          UserRole.OPERATOR;
      case ENABLE_EVENTS -> UserRole.OPERATOR;
      case PURGE, SHUTDOWN -> UserRole.ADMIN;
    };
  }

  private boolean matchesPattern(String name) {
    for (String pattern : rooms) {
      if (matches(pattern, 0, name, 0)) {
        return true;
      }
    }
    return false;
  }

  /** Glob with {@code *} only, without recursion over more than one star at a time. */
  private static boolean matches(String pattern, int patternStart, String text, int textStart) {
    int p = patternStart;
    int t = textStart;
    int star = -1;
    int mark = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        mark = t;
      } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
