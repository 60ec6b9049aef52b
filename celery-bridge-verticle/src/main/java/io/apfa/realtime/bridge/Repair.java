package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.LossLedger;
import io.apfa.realtime.bridge.event.StepLedger;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.event.WorkerGaps;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Update;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds losses, says them at once as gaps, and has what can be repaired repaired: two rounds after
 * each loss, so that a task which is just moving is not taken for lost, and one each minute for
 * tasks that fell silent. Confined to its verticle's context.
 */
final class Repair {
  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);
  private static final int TURNS = 2;
  private static final long ROUND_MILLIS = 2000;
  private static final long SILENT_MILLIS = 60_000;
  private static final long STATS_MILLIS = 30_000;
  private static final List<String> STARTS = List.of("task-started");

  private final String source;
  private final Reconciler reconciler;
  private final WorkerWatch workers;
  private final BridgeMetrics metrics;
  private final Consumer<CeleryEvent> out;
  private final LossLedger ledger = new LossLedger();
  private final StepLedger steps = new StepLedger();
  private final WorkerGaps proven = new WorkerGaps("a later event of the task came");
  private final WorkerBook book;
  private long hearingSinceMillis;
  private long turnsDue;
  private long nextRoundMillis;
  private long nextSilentMillis;
  private long nextStatsMillis;

  Repair(
      String source,
      Reconciler reconciler,
      WorkerWatch workers,
      WorkerBook book,
      BridgeMetrics metrics,
      Consumer<CeleryEvent> out) {
    this.source = source;
    this.reconciler = reconciler;
    this.workers = workers;
    this.book = book;
    this.metrics = metrics;
    this.out = out;
  }

  /**
   * Begins anew: this bridge leads now.
   *
   * @param stoodBy whether it did not lead before; one whose lease was only renewed under another
   *     token goes on counting
   */
  void begin(long nowMillis, boolean stoodBy) {
    if (stoodBy) {
      ledger.reset();
    }
    hearingSinceMillis = nowMillis;
    steps.forget();
    proven.take();
    nextSilentMillis = nowMillis + SILENT_MILLIS;
    nextStatsMillis = nowMillis;
  }

  /** Nothing was heard between those times. */
  void onBreak(long sinceMillis, long untilMillis, String reason, long nowMillis) {
    steps.forget();
    hearingSinceMillis = untilMillis;
    lose(new Update.Gap(sinceMillis, untilMillis, null, List.of(), -1, reason), nowMillis);
    workers.wake().onFailure(e -> LOG.debug("source {}: workers not woken", source, e));
    nextStatsMillis = nowMillis;
  }

  void onTask(CeleryEvent.TaskEvent event) {
    ledger.onTask(event);
    StepLedger.@Nullable Missing missing = steps.onTask(event);
    if (missing != null) {
      metrics.onMissing(missing.types());
      if (missing.types().contains("task-started")) {
        ledger.onLostStart(missing.hostname(), missing.pid());
      }
      proven.add(missing);
    }
  }

  void onWorker(CeleryEvent.WorkerEvent event) {
    LossLedger.@Nullable Shortfall shortfall = ledger.onWorker(event);
    if (shortfall != null) {
      lose(
          new Update.Gap(
              shortfall.sinceMillis(),
              shortfall.untilMillis(),
              shortfall.hostname(),
              STARTS,
              shortfall.count(),
              "fewer events than the worker counted"),
          event.receivedMillis());
    }
  }

  /** A worker came. */
  void onWorkerCame(String hostname) {
    ask(hostname);
  }

  /** Looks for workers that fell silent; all that was published until then was heard. */
  void onHeardUntil(long heardUntilMillis, long nowMillis) {
    for (WorkerBook.Silent silent : book.takeSilent(hearingSinceMillis, heardUntilMillis)) {
      LOG.warn("source {}: worker {} fell silent", source, silent.hostname());
      lose(
          new Update.Gap(
              silent.lastHeardMillis(),
              nowMillis,
              silent.hostname(),
              List.of(),
              -1,
              "the worker fell silent"),
          nowMillis);
    }
  }

  void tick(long nowMillis) {
    proven.take().forEach(gap -> lose(gap, nowMillis));
    if (nowMillis >= nextStatsMillis) {
      nextStatsMillis = nowMillis + STATS_MILLIS;
      ask(null);
    }
    if (reconciler.turns() < turnsDue && nowMillis >= nextRoundMillis) {
      nextRoundMillis = nowMillis + ROUND_MILLIS;
      run(0);
    } else if (nowMillis >= nextSilentMillis) {
      nextSilentMillis = nowMillis + SILENT_MILLIS;
      run(SILENT_MILLIS);
    }
  }

  private void lose(Update.Gap gap, long nowMillis) {
    metrics.onLost(gap.estimated());
    out.accept(new CeleryEvent.Loss(gap));
    turnsDue = reconciler.turns() + TURNS;
    nextRoundMillis = Math.max(nextRoundMillis, nowMillis + ROUND_MILLIS / 2);
  }

  private void run(long silentMillis) {
    reconciler
        .run(silentMillis)
        .onSuccess(
            unknown -> {
              if (unknown > 0) {
                LOG.info("source {}: {} tasks that nobody knows", source, unknown);
              }
            })
        .onFailure(e -> LOG.warn("source {}: not reconciled: {}", source, e.toString()));
  }

  private void ask(@Nullable String hostname) {
    workers.ask(hostname).onFailure(e -> LOG.debug("source {}: workers not asked", source, e));
  }
}
