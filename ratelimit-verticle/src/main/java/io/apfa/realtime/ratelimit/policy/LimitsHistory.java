package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.bus.BusMessage.LimitsRecord.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which limits are in force, since when, and what changed. A file that cannot be read or is not
 * valid changes nothing but the error.
 *
 * <p>Bounds: the last {@value #KEPT_ENTRIES} contents of the file, {@value #KEPT_LINES} lines of
 * each, {@value #KEPT_CHARS} characters of a line.
 *
 * <p>Confined to its verticle's context.
 */
public final class LimitsHistory {
  static final int KEPT_ENTRIES = 50;
  static final int KEPT_LINES = 100;
  static final int KEPT_CHARS = 300;

  private static final String NO_OVERRIDE = "as common";

  private final Deque<Entry> entries = new ArrayDeque<>();
  private LimitPolicy policy = LimitPolicy.DEFAULTS;
  private long version;
  private long sinceMillis;
  private @Nullable String error;

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
    LimitPolicy offered;
    try {
      offered = LimitsParser.parse(yaml);
    } catch (IllegalArgumentException e) {
      return refuse(String.valueOf(e.getMessage()), nowMillis);
    }
    error = null;
    if (version > 0 && offered.equals(policy)) {
      return Outcome.UNCHANGED;
    }
    List<String> changes = changes(policy, offered);
    policy = offered;
    version++;
    sinceMillis = nowMillis;
    keep(false, changes, nowMillis);
    return Outcome.CHANGED;
  }

  /** Notes why there is no file to offer; the version before stays in force. */
  public Outcome refuse(String why, long nowMillis) {
    error = why;
    keep(true, why.lines().toList(), nowMillis);
    return Outcome.REFUSED;
  }

  private void keep(boolean refused, List<String> lines, long nowMillis) {
    List<String> kept = new ArrayList<>();
    for (String line : lines.subList(0, Math.min(KEPT_LINES, lines.size()))) {
      kept.add(line.length() > KEPT_CHARS ? line.substring(0, KEPT_CHARS) + "…" : line);
    }
    if (lines.size() > KEPT_LINES) {
      kept.add((lines.size() - KEPT_LINES) + " more");
    }
    entries.addFirst(new Entry(version, nowMillis, refused, kept));
    if (entries.size() > KEPT_ENTRIES) {
      entries.removeLast();
    }
  }

  /** The common limits in force. */
  public Limits limits() {
    return policy.common();
  }

  /** The limits in force for whom. */
  public LimitPolicy policy() {
    return policy;
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

  /** What became of each content of the file, newest first. */
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  private static List<String> changes(LimitPolicy before, LimitPolicy after) {
    Map<String, String> old = texts(before);
    Map<String, String> now = texts(after);
    Set<String> keys = new LinkedHashSet<>(now.keySet());
    keys.addAll(old.keySet());
    List<String> changes = new ArrayList<>();
    for (String key : keys) {
      String from = old.getOrDefault(key, NO_OVERRIDE);
      String to = now.getOrDefault(key, NO_OVERRIDE);
      if (!from.equals(to)) {
        changes.add(key + ": " + from + " -> " + to);
      }
    }
    if (changes.isEmpty() && !before.equals(after)) {
      changes.add(LimitsParser.OVERRIDES + ": in another order");
    }
    return changes;
  }

  private static Map<String, String> texts(LimitPolicy policy) {
    Map<String, String> texts = new LinkedHashMap<>();
    policy
        .common()
        .asMap()
        .forEach((key, value) -> texts.put(key.key(), LimitsParser.number(value)));
    for (LimitOverride override : policy.overrides()) {
      texts.put(
          LimitsParser.OVERRIDES
              + "."
              + override.scope().word()
              + "."
              + override.name()
              + "."
              + override.key(),
          LimitsParser.number(override.value()));
    }
    return texts;
  }
}
