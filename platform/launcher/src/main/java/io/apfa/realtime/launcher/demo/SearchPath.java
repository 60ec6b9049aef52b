package io.apfa.realtime.launcher.demo;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The folders in which a command is looked for, in the form of {@code PATH}. Immutable. */
record SearchPath(String folders) {
  /** This process's own {@code PATH}; empty without one. */
  static SearchPath ofEnvironment() {
    String path = System.getenv("PATH");
    return new SearchPath(path == null ? "" : path);
  }

  /** The first executable of that name. */
  Optional<Path> find(String command) {
    for (String folder : folders.split(File.pathSeparator, -1)) {
      Optional<Path> found = executable(folder, command);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> executable(String folder, String command) {
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path candidate = Path.of(folder, command);
      return Files.isRegularFile(candidate) && Files.isExecutable(candidate)
          ? Optional.of(candidate.toAbsolutePath())
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
