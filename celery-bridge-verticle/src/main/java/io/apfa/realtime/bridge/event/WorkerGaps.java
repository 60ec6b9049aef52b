package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Lost events of single tasks, gathered into one gap a worker. Bounded: past the bound the gaps of
 * further workers name none. Confined to its verticle's context.
 */
public final class WorkerGaps {
  private static final int MAX_WORKERS = 1000;
  private static final String ANY = "";

  private final String reason;
  private final Map<String, Sum> sums = new LinkedHashMap<>();

  /** What one worker's gap will say. Confined to its owner. */
  private static final class Sum {
    long sinceMillis = Long.MAX_VALUE;
    long untilMillis = Long.MIN_VALUE;
    long count;
    final Set<String> types = new TreeSet<>();
  }

  /** Gaps that give {@code reason}. */
  public WorkerGaps(String reason) {
    this.reason = reason;
  }

  /** Adds what is missing of one task. */
  public void add(StepLedger.Missing missing) {
    boolean fits = sums.size() < MAX_WORKERS || sums.containsKey(missing.hostname());
    Sum sum = sums.computeIfAbsent(fits ? missing.hostname() : ANY, name -> new Sum());
    sum.sinceMillis = Math.min(sum.sinceMillis, missing.sinceMillis());
    sum.untilMillis = Math.max(sum.untilMillis, missing.untilMillis());
    sum.count += missing.types().size();
    sum.types.addAll(missing.types());
  }

  /** The gaps since the last call. */
  public List<Update.Gap> take() {
    List<Update.Gap> gaps = new ArrayList<>(sums.size());
    sums.forEach(
        (hostname, sum) ->
            gaps.add(
                new Update.Gap(
                    sum.sinceMillis,
                    sum.untilMillis,
                    hostname.equals(ANY) ? null : hostname,
                    List.copyOf(sum.types),
                    sum.count,
                    reason)));
    sums.clear();
    return gaps;
  }
}
