package io.apfa.realtime.ratelimit;

import io.apfa.realtime.runtime.OptionsReader;
import java.nio.file.Path;

/**
 * Options of the rate-limit verticle.
 *
 * <p>Immutable.
 *
 * @param limitsFile the file with the limits; watched, default {@code conf/limits.yaml}
 */
public record RateLimitOptions(Path limitsFile) {
  /** Reads {@code limits.file}. */
  public static RateLimitOptions from(OptionsReader reader) {
    return new RateLimitOptions(Path.of(reader.text("limits.file", "conf/limits.yaml")));
  }
}
