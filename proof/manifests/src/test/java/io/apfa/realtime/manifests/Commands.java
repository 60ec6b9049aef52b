package io.apfa.realtime.manifests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs a command to its end. */
final class Commands {
  private Commands() {}

  /** How a command ended and what it printed. */
  record Result(int status, String printed, String complained) {}

  /** What {@code command} prints; fails when it does. */
  static String output(String... command) {
    Result result = run(Map.of(), List.of(command));
    if (result.status != 0) {
      throw new AssertionError(String.join(" ", command) + ":\n" + result.complained);
    }
    return result.printed;
  }

  static Result run(Map<String, String> environment, List<String> command) {
    try {
      Path complaints = Files.createTempFile("apfa-manifests", ".err");
      try {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(complaints.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String printed =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), printed, Files.readString(complaints));
      } finally {
        Files.delete(complaints);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(command.get(0) + " (see scripts/install-test-tools)", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
