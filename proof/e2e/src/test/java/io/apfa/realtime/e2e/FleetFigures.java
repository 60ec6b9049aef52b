package io.apfa.realtime.e2e;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all sessions of a fleet saw, summed, and the worst times of any, with the median. Confined
 * to its caller's thread.
 */
final class FleetFigures {
  private long lost;
  private long duplicated;
  private long disordered;
  private long notRecovered;
  private long reconnects;
  private final List<Long> silencesMillis = new ArrayList<>();
  private long answerMillis;
  private long recoveryMillis;
  private long awayMillis;

  void add(
      long lostUpdates,
      long duplicates,
      long disorders,
      long unrecovered,
      long connections,
      long silence,
      long answer,
      long recovery,
      long away) {
    lost += lostUpdates;
    duplicated += duplicates;
    disordered += disorders;
    notRecovered += unrecovered;
    reconnects += connections;
    silencesMillis.add(silence);
    answerMillis = Math.max(answerMillis, answer);
    recoveryMillis = Math.max(recoveryMillis, recovery);
    awayMillis = Math.max(awayMillis, away);
  }

  /** Updates missing, told twice or told out of order, and positions the server gave up. */
  long wrongs() {
    return lost + duplicated + disordered + notRecovered;
  }

  /** The longest time any session was without an update, in milliseconds. */
  long silenceMillis() {
    return silencesMillis.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  long lost() {
    return lost;
  }

  long duplicated() {
    return duplicated;
  }

  long disordered() {
    return disordered;
  }

  /** Times the server gave up the position of a session that came back. */
  long notRecovered() {
    return notRecovered;
  }

  /** The longest time any session was between two connections, in milliseconds. */
  long awayMillis() {
    return awayMillis;
  }

  /** Connections made since the figures were forgotten. */
  long reconnects() {
    return reconnects;
  }

  private long medianSilenceMillis() {
    int middle = silencesMillis.size() / 2;
    return silencesMillis.stream().sorted().skip(middle).findFirst().orElse(0L);
  }

  /** The longest time from an accepted connection to the first update after it, in milliseconds. */
  long recoveryMillis() {
    return recoveryMillis;
  }

  /** The figures by name. */
  Map<String, Long> asMap() {
    Map<String, Long> all = new LinkedHashMap<>();
    all.put("lost", lost);
    all.put("duplicated", duplicated);
    all.put("out_of_order", disordered);
    all.put("not_recovered", notRecovered);
    all.put("reconnects", reconnects);
    all.put("longest_without_updates_ms", silenceMillis());
    all.put("median_without_updates_ms", medianSilenceMillis());
    all.put("longest_answer_to_register_ms", answerMillis);
    all.put("longest_recovery_ms", recoveryMillis);
    all.put("longest_away_ms", awayMillis);
    return all;
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}
