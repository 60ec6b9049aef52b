package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.RoomBounds;
import io.apfa.realtime.runtime.OptionsReader;
import java.time.Duration;
import java.util.List;

/**
 * The broadcaster's options.
 *
 * <p>Immutable.
 *
 * @param sources the sources it competes for
 * @param leaseTtl how long ownership lasts unless renewed; a dead owner is replaced after it
 * @param bounds of each source
 */
public record BroadcasterOptions(List<String> sources, Duration leaseTtl, RoomBounds bounds) {
  private static final long DEFAULT_STATE_BYTES = 256L * 1024 * 1024;
  private static final long LOG_BYTES = 64L * 1024 * 1024;

  public BroadcasterOptions {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("sources: none (expected: at least one)");
    }
  }

  /** The defaults, for {@code sources}. */
  public static BroadcasterOptions of(List<String> sources) {
    return new BroadcasterOptions(sources, Duration.ofMillis(1500), RoomBounds.DEFAULT);
  }

  /**
   * Reads {@code broadcaster.table.max-tasks} (100,000 tasks a source), {@code
   * broadcaster.lease-ttl} (1500 ms) and {@code state.max-bytes} (256 MiB over all sources, of
   * which each source's log takes up to 64 MB).
   */
  public static BroadcasterOptions from(OptionsReader reader, List<String> sources) {
    int maxTasks = reader.integer("broadcaster.table.max-tasks", 100_000, 1_000, 10_000_000);
    Duration ttl =
        reader.duration(
            "broadcaster.lease-ttl",
            Duration.ofMillis(1500),
            Duration.ofMillis(500),
            Duration.ofSeconds(60));
    long stateBytes =
        reader.wholeNumber(
            "state.max-bytes",
            Math.max(DEFAULT_STATE_BYTES, 2 * LOG_BYTES * sources.size()),
            2 * LOG_BYTES * sources.size(),
            1L << 42);
    long tableBytes = stateBytes / Math.max(1, sources.size()) - LOG_BYTES;
    return new BroadcasterOptions(sources, ttl, RoomBounds.DEFAULT.withTable(maxTasks, tableBytes));
  }
}
