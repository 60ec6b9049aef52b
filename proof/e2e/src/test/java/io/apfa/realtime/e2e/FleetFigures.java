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

  void add(
      long lostUpdates,
      long duplicates,
      long disorders,
      long unrecovered,
      long connections,
      long silence,
      long answer,
      long recovery) {
    lost += lostUpdates;
    duplicated += duplicates;
    disordered += disorders;
    notRecovered += unrecovered;
    reconnects += connections;
    silencesMillis.add(silence);
    answerMillis = Math.max(answerMillis, answer);
    recoveryMillis = Math.max(recoveryMillis, recovery);
  }

  /** Updates missing, told twice or told out of order, and positions the server gave up. */
  long wrongs() {
    return lost + duplicated + disordered + notRecovered;
  }

  /** The longest time any session was without an update, in milliseconds. */
  long silenceMillis() {
    return silencesMillis.stream().mapToLong(Long::longValue).max().orElse(0);
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
    return all;
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}
