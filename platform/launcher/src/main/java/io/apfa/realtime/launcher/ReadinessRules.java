package io.apfa.realtime.launcher;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What makes a node not ready, and what is only told, each as the line an operator reads.
 *
 * <p>Immutable.
 */
final class ReadinessRules {
  /** Announcements come once a second; a takeover and its news take up to 3 s. */
  static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);

  private ReadinessRules() {}

  /** The canary: whether this node still hears what it announces to all. */
  static Optional<String> bus(Duration sinceSelf) {
    return sinceSelf.compareTo(LONGEST_SILENCE) < 0
        ? Optional.empty()
        : Optional.of(
            "bus: this node has not heard itself for "
                + seconds(sinceSelf)
                + " (expected: once a second)");
  }

  /**
   * Whether a gateway hears the owner of a source.
   *
   * @param sinceOwner how long ago it did; null = nobody is known to own it
   */
  static Optional<String> owner(String source, @Nullable Duration sinceOwner) {
    if (sinceOwner == null) {
      return Optional.of("source " + source + ": no owner (expected: a broadcaster that owns it)");
    }
    return sinceOwner.compareTo(LONGEST_SILENCE) < 0
        ? Optional.empty()
        : Optional.of(
            "source "
                + source
                + ": its owner was last heard "
                + seconds(sinceOwner)
                + " ago (expected: once a second)");
  }

  /** Events that wait for longer than {@code bound}; told, and no reason to be not ready. */
  static Optional<String> lag(String source, Duration lag, Duration bound) {
    return lag.compareTo(bound) <= 0
        ? Optional.empty()
        : Optional.of(
            "slow: source "
                + source
                + ": events wait "
                + seconds(lag)
                + " for the log (expected: at most "
                + seconds(bound)
                + ")");
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
