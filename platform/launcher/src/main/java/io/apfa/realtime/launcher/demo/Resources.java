package io.apfa.realtime.launcher.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The files under {@code demo/} in the launcher's jar. Immutable. */
final class Resources {
  private Resources() {}

  /**
   * The text of {@code demo/name}.
   *
   * @throws IllegalStateException if the jar lacks it
   */
  static String text(String name) {
    try (InputStream in = Resources.class.getResourceAsStream("/demo/" + name)) {
      if (in == null) {
        throw new IllegalStateException("demo/" + name + " (expected: in the launcher's jar)");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
