package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.UserRole;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What each role may do. */
class IdentityTest {
  private static final Set<Command.Kind> HARMLESS = EnumSet.of(Command.Kind.PING);
  private static final Set<Command.Kind> DESTRUCTIVE =
      EnumSet.of(Command.Kind.PURGE, Command.Kind.SHUTDOWN);

  private static Set<Command.Kind> allowedTo(UserRole role) {
    Identity identity = new Identity("u", role, List.of("*"), Long.MAX_VALUE, "");
    EnumSet<Command.Kind> allowed = EnumSet.noneOf(Command.Kind.class);
    for (Command.Kind kind : Command.Kind.values()) {
      if (identity.mayCommand(kind)) {
        allowed.add(kind);
      }
    }
    return allowed;
  }

  @Test
  void shouldLetViewersOnlyPing() {
    assertThat(allowedTo(UserRole.VIEWER)).isEqualTo(HARMLESS);
  }

  @Test
  void shouldLetOperatorsDoAllButPurgeAndShutDown() {
    assertThat(allowedTo(UserRole.OPERATOR))
        .isEqualTo(EnumSet.complementOf(EnumSet.copyOf(DESTRUCTIVE)));
  }

  @Test
  void shouldLetAdminsDoEverything() {
    assertThat(allowedTo(UserRole.ADMIN)).isEqualTo(EnumSet.allOf(Command.Kind.class));
  }
}
