package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.Glob;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.UserRole;
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
      if (Glob.matches(pattern, name)) {
        return true;
      }
    }
    return false;
  }
}
