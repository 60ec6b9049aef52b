package io.apfa.realtime.launcher;

import io.apfa.realtime.protocol.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The launcher's arguments.
 *
 * <p>Immutable.
 *
 * @param roles what this node does; all by default
 * @param configFile null = {@code conf/apfa.yaml} if it is there, else defaults
 */
record CommandLine(Set<Role> roles, @Nullable Path configFile, boolean demo, Mode mode) {
  static final String USAGE =
      "usage: java -jar apfa-realtime.jar [--roles=gateway,broadcaster,celery-bridge,ratelimit]"
          + " [--config=FILE] [--demo] [--check-config] [--doctor] [--version] [--help]";

  /** What to do. */
  enum Mode {
    RUN,
    CHECK_CONFIG,
    DOCTOR,
    VERSION,
    HELP
  }

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException with every problem, one a line
   */
  static CommandLine parse(String... arguments) {
    Set<Role> roles = EnumSet.allOf(Role.class);
    Path configFile = null;
    boolean demo = false;
    Mode mode = Mode.RUN;
    List<String> problems = new ArrayList<>();
    for (String argument : arguments) {
      if (argument.startsWith("--roles=")) {
        roles = parseRoles(argument.substring("--roles=".length()), problems);
      } else if (argument.startsWith("--config=")) {
        configFile = Path.of(argument.substring("--config=".length()));
      } else {
        switch (argument) {
          case "--demo" -> demo = true;
          case "--check-config" -> mode = Mode.CHECK_CONFIG;
          case "--doctor" -> mode = Mode.DOCTOR;
          case "--version" -> mode = Mode.VERSION;
          case "--help", "-h" -> mode = Mode.HELP;
          default -> problems.add(argument + ": unknown argument (expected: see --help)");
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    return new CommandLine(Set.copyOf(roles), configFile, demo, mode);
  }

  private static Set<Role> parseRoles(String text, List<String> problems) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String word : text.split(",", -1)) {
      boolean known = false;
      for (Role role : Role.values()) {
        if (role.word().equals(word.trim())) {
          roles.add(role);
          known = true;
        }
      }
      if (!known) {
        problems.add(
            "--roles: \""
                + word
                + "\" (expected: gateway, broadcaster, celery-bridge or ratelimit)");
      }
    }
    return roles;
  }
}
