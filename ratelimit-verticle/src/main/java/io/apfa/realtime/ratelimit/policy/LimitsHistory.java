package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which limits are in force, since when, and what changed. A file that cannot be read or is not
 * valid changes nothing but the error.
 *
 * <p>Confined to its verticle's context.
 */
public final class LimitsHistory {
  private static final int KEPT_VERSIONS = 50;

  private final Deque<Version> versions = new ArrayDeque<>();
  private Limits limits = Limits.DEFAULTS;
  private long version;
  private long sinceMillis;
  private @Nullable String error;

  /**
   * One version that came into force.
   *
   * @param changes one {@code key: old -> new} for each limit that changed
   */
  public record Version(long version, long sinceMillis, List<String> changes) {
    public Version {
      changes = List.copyOf(changes);
    }
  }

  /** What an offered file did. */
  public enum Outcome {
    /** A new version is in force. */
    CHANGED,
    /** The limits are the ones in force. */
    UNCHANGED,
    /** The file is not valid; the version before stays. */
    REFUSED
  }

  /** Offers the text of a limits file. */
  public Outcome offer(String yaml, long nowMillis) {
    Limits offered;
    try {
      offered = LimitsParser.parse(yaml);
    } catch (IllegalArgumentException e) {
      return refuse(String.valueOf(e.getMessage()));
    }
    error = null;
    if (version > 0 && offered.equals(limits)) {
      return Outcome.UNCHANGED;
    }
    List<String> changes = changes(limits, offered);
    limits = offered;
    version++;
    sinceMillis = nowMillis;
    versions.addFirst(new Version(version, nowMillis, changes));
    if (versions.size() > KEPT_VERSIONS) {
      versions.removeLast();
    }
    return Outcome.CHANGED;
  }

  /** Notes why there is no file to offer; the version before stays in force. */
  public Outcome refuse(String why) {
    error = why;
    return Outcome.REFUSED;
  }

  /** The limits in force. */
  public Limits limits() {
    return limits;
  }

  /** The version in force; 0 before the first valid file. */
  public long version() {
    return version;
  }

  /** When the version came into force, epoch milliseconds. */
  public long sinceMillis() {
    return sinceMillis;
  }

  /** Why the file on disk is not in force; null when it is. */
  public @Nullable String error() {
    return error;
  }

  /** The versions that were in force, newest first. */
  public List<Version> versions() {
    return List.copyOf(versions);
  }

  private static List<String> changes(Limits before, Limits after) {
    List<String> changes = new ArrayList<>();
    for (LimitKey key : LimitKey.values()) {
      if (before.get(key) != after.get(key)) {
        changes.add(
            key.key()
                + ": "
                + LimitsParser.number(before.get(key))
                + " -> "
                + LimitsParser.number(after.get(key)));
      }
    }
    return changes;
  }
}
