package io.apfa.realtime.protocol;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every limit there is: its key in {@code limits.yaml}, default, bounds, unit and meaning. The
 * order is the order of the file.
 *
 * <p>Immutable.
 */
public enum LimitKey {
  SESSION_MESSAGES_PER_SECOND(
      "session.messages-per-second", 10, 0.1, 1000, "permits/s", "flushes to one session"),
  SESSION_BURST(
      "session.burst", 20, 1, 1000, "permits", "flushes a rested session may get at once"),
  SESSION_FRAMES_PER_FLUSH("session.frames-per-flush", 4, 1, 64, "frames", "frames in one flush"),
  SESSION_MAX_HOLD_MILLIS(
      "session.max-hold-millis", 500, 1, 10_000, "ms", "longest an update is held back by permits"),
  SESSION_OUTBOX_BYTES(
      "session.outbox-bytes", 1_048_576, 4096, 67_108_864, "bytes", "unsent bytes of one session"),
  SESSION_SLOW_TIMEOUT_MILLIS(
      "session.slow-timeout-millis", 30_000, 100, 600_000, "ms", "nothing drained: closed 3002"),
  SESSION_MAX_ROOMS("session.max-rooms", 100, 1, 10_000, "rooms", "subscriptions of one session"),
  BATCH_FLUSH_INTERVAL_MILLIS(
      "batch.flush-interval-millis", 100, 1, 10_000, "ms", "shortest time between two batches"),
  BATCH_MAX_FLUSH_INTERVAL_MILLIS(
      "batch.max-flush-interval-millis", 2000, 1, 60_000, "ms", "the same under pressure, at most"),
  BATCH_SIZE("batch.size", 50, 1, 50, "updates", "updates in one frame"),
  BATCH_COMPRESSION_THRESHOLD_BYTES(
      "batch.compression-threshold-bytes",
      1024,
      64,
      1_048_576,
      "bytes",
      "larger frames are gzipped"),
  GATEWAY_SESSIONS_PER_USER(
      "gateway.sessions-per-user", 1000, 1, 1_000_000, "sessions", "open sessions of one user"),
  GATEWAY_SESSIONS_PER_NODE(
      "gateway.sessions-per-node",
      20_000,
      1,
      1_000_000,
      "sessions",
      "open sessions of one gateway"),
  GATEWAY_CONNECTS_PER_SECOND(
      "gateway.connects-per-second", 1000, 1, 100_000, "connects/s", "new sessions of one gateway"),
  GATEWAY_MAX_FRAME_BYTES(
      "gateway.max-frame-bytes", 65_536, 1024, 16_777_216, "bytes", "inbound message"),
  GATEWAY_MAX_INFLATED_BYTES(
      "gateway.max-inflated-bytes", 1_048_576, 1024, 67_108_864, "bytes", "inbound, inflated"),
  COMMANDS_PER_SECOND_PER_USER(
      "commands.per-second-per-user", 10, 0.01, 10_000, "commands/s", "over the whole cluster"),
  COMMANDS_BURST_PER_USER("commands.burst-per-user", 50, 1, 10_000, "commands", "at once"),
  COMMANDS_PER_SECOND_PER_ROLE(
      "commands.per-second-per-role", 100, 0.01, 100_000, "commands/s", "over the whole cluster"),
  COMMANDS_BURST_PER_ROLE("commands.burst-per-role", 200, 1, 100_000, "commands", "at once"),
  PUBLISH_BYTES_PER_SECOND(
      "publish.bytes-per-second", 67_108_864, 1024, 10e9, "bytes/s", "batches of one source"),
  HEARTBEAT_PING_AFTER_MILLIS(
      "heartbeat.ping-after-millis", 25_000, 100, 600_000, "ms", "silence, then the server pings"),
  HEARTBEAT_CLOSE_AFTER_MILLIS(
      "heartbeat.close-after-millis", 95_000, 200, 3_600_000, "ms", "silence, then closed 3005"),
  DRAIN_WINDOW_MILLIS(
      "drain.window-millis", 10_000, 0, 600_000, "ms", "sessions are closed spread over this");

  private static final Map<String, LimitKey> BY_KEY = new HashMap<>();

  static {
    for (LimitKey limit : values()) {
      BY_KEY.put(limit.key, limit);
    }
  }

  private final String key;
  private final double defaultValue;
  private final double min;
  private final double max;
  private final String unit;
  private final String meaning;

  LimitKey(String key, double defaultValue, double min, double max, String unit, String meaning) {
    this.key = key;
    this.defaultValue = defaultValue;
    this.min = min;
    this.max = max;
    this.unit = unit;
    this.meaning = meaning;
  }

  /** The limit of {@code key}, or null when there is none. */
  public static @Nullable LimitKey ofKey(String key) {
    return BY_KEY.get(key);
  }

  /** The dotted key in {@code limits.yaml}. */
  public String key() {
    return key;
  }

  /** The value in force when the file does not name it. */
  public double defaultValue() {
    return defaultValue;
  }

  /** The smallest legal value. */
  public double min() {
    return min;
  }

  /** The largest legal value. */
  public double max() {
    return max;
  }

  /** The unit, for people. */
  public String unit() {
    return unit;
  }

  /** One line for people. */
  public String meaning() {
    return meaning;
  }
}
