package io.apfa.realtime.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The latest that is known of one Celery worker.
 *
 * <p>Immutable.
 *
 * @param hostname full node name, {@code celery@host}
 * @param status whether it lives, by its heartbeats against the bridge's own clock
 * @param pid of the worker's main process; -1 unknown
 * @param freqSeconds seconds between heartbeats; NaN unknown
 * @param active tasks it runs now; -1 unknown
 * @param processed tasks it has taken since it started; -1 unknown
 * @param loadavg of its machine: 1, 5 and 15 minutes, or empty
 * @param poolSize processes or threads of its pool; -1 unknown
 * @param lastHeartbeatMillis when the bridge received its last heartbeat, on the bridge's clock
 */
public record Worker(
    String hostname,
    Status status,
    long pid,
    double freqSeconds,
    int active,
    long processed,
    List<Double> loadavg,
    @Nullable String swIdent,
    @Nullable String swVer,
    @Nullable String swSys,
    int poolSize,
    long lastHeartbeatMillis) {

  public Worker {
    loadavg = List.copyOf(loadavg);
  }

  /** Whether a worker lives. */
  public enum Status {
    ONLINE("online"),
    OFFLINE("offline"),
    /** Known by task events only: no heartbeat is due, so silence says nothing. */
    UNKNOWN("unknown");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** The word on the wire. */
    public String word() {
      return word;
    }

    /**
     * The status of {@code word}.
     *
     * @throws IllegalArgumentException for any other word
     */
    public static Status ofWord(String word) {
      for (Status status : values()) {
        if (status.word.equals(word)) {
          return status;
        }
      }
      throw new IllegalArgumentException(
          "worker status: " + Texts.quote(word, 32) + " (expected: online, offline or unknown)");
    }
  }
}
