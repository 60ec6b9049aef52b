package io.apfa.realtime.launcher;

import java.util.Map;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The command. Exit status: 0 done, 1 it failed while running, 2 bad arguments or configuration.
 */
public final class Main {
  private static final int BAD_CONFIGURATION = 2;

  private Main() {}

  /** Starts a node, or does what the arguments ask instead. */
  public static void main(String[] arguments) {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    int status = run(arguments, System.getenv());
    if (status >= 0) {
      System.exit(status);
    }
  }

  /** Runs; -1 = a node is running now and the JVM stays. */
  static int run(String[] arguments, Map<String, String> environment) {
    CommandLine command;
    Configuration configuration;
    try {
      command = CommandLine.parse(arguments);
      if (command.mode() == CommandLine.Mode.HELP) {
        System.out.println(CommandLine.USAGE);
        return 0;
      }
      if (command.mode() == CommandLine.Mode.VERSION) {
        System.out.println("apfa-realtime " + version());
        return 0;
      }
      configuration =
          Configuration.from(ConfigurationFile.read(command.configFile(), environment), command);
    } catch (IllegalArgumentException e) {
      System.err.println("apfa-realtime: cannot start:\n" + e.getMessage());
      return BAD_CONFIGURATION;
    }
    switch (command.mode()) {
      case CHECK_CONFIG -> {
        System.out.println("configuration is valid");
        return 0;
      }
      case DOCTOR -> {
        return Doctor.run(configuration, System.out);
      }
      default -> {
        return Launcher.launch(configuration);
      }
    }
  }

  /** The version in the jar's manifest, or "development" outside a jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
