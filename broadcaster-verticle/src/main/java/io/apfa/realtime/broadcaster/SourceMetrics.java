package io.apfa.realtime.broadcaster;

import io.apfa.realtime.broadcaster.room.Flush;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters of one source. A source this node does not own shows 0 in its gauges.
 *
 * <p>Confined to its verticle's context; the gauges read atomics from any thread.
 */
final class SourceMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(SourceMetrics.class);
  private static final long LOG_EVERY_NANOS = 10_000_000_000L;

  private final Node node;
  private final String source;
  private final CeleryMetrics celery;
  private final AtomicLong owned = new AtomicLong();
  private final AtomicLong serving = new AtomicLong();
  private final AtomicLong tasks = new AtomicLong();
  private final AtomicLong pendingRows = new AtomicLong();
  private final AtomicLong storedTaskEvents = new AtomicLong();
  private final DistributionSummary batchUpdates;
  private final DistributionSummary batchBytes;
  private final Timer bridgeToOwner;
  private final Timer append;
  private final Timer queueDepth;
  private final Timer workerHealth;
  private final Counter applied;
  private final Counter conflatedCounter;
  private final Counter storeFailures;
  private final Counter takeovers;
  private long conflatedBefore;
  private long loggedFailureNanos;
  private long hiddenFailures;

  SourceMetrics(Node node, String source) {
    this.node = node;
    this.source = source;
    MeterRegistry registry = node.metrics();
    this.celery = new CeleryMetrics(registry, source);
    this.loggedFailureNanos = node.ticker().nanos() - LOG_EVERY_NANOS;
    batchUpdates =
        DistributionSummary.builder("apfa.batch.updates")
            .description("rows in a logged batch")
            .serviceLevelObjectives(1, 2, 5, 10, 20, 30, 40, 50)
            .register(registry);
    batchBytes =
        DistributionSummary.builder("apfa.batch.bytes")
            .description("bytes of a logged batch")
            .serviceLevelObjectives(256, 512, 1024, 2048, 4096, 8192, 16384, 65536)
            .register(registry);
    bridgeToOwner = hop(registry, "bridge-owner");
    append = hop(registry, "append");
    queueDepth = hop(registry, "queue-depth");
    workerHealth = hop(registry, "worker-health");
    applied = counter(registry, "apfa.events.applied", "events merged by the owner");
    conflatedCounter =
        counter(registry, "apfa.owner.conflated", "changes of a task replaced by a later one");
    storeFailures = counter(registry, "apfa.store.failures", "failed calls of the owner");
    takeovers = counter(registry, "apfa.owner.takeovers", "times this node became the owner");
    gauge(registry, "apfa.owner", serving, "1 when this node owns the source");
    gauge(registry, "apfa.tasks", tasks, "tasks in the table");
    gauge(registry, "apfa.owner.pending.rows", pendingRows, "rows that wait to be logged");
    gauge(
        registry,
        "apfa.owner.task.events",
        storedTaskEvents,
        "task events in the table, each counted once, kept across owners");
  }

  private static Timer hop(MeterRegistry registry, String hop) {
    return Timer.builder("apfa.hop")
        .description("time of one hop on an event's way")
        .tag("hop", hop)
        .serviceLevelObjectives(
            Duration.ofMillis(1),
            Duration.ofMillis(2),
            Duration.ofMillis(5),
            Duration.ofMillis(10),
            Duration.ofMillis(25),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10))
        .register(registry);
  }

  private Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).tag("source", source).register(registry);
  }

  private void gauge(MeterRegistry registry, String name, AtomicLong value, String description) {
    Gauge.builder(name, value, AtomicLong::get)
        .description(description)
        .tag("source", source)
        .strongReference(true)
        .register(registry);
  }

  void onOwned(boolean owns, int taskCount, long taskEvents) {
    if (owns && owned.get() == 0) {
      takeovers.increment();
    }
    owned.set(owns ? 1 : 0);
    serving.set(owned.get());
    tasks.set(owns ? taskCount : 0);
    pendingRows.set(0);
    storedTaskEvents.set(owns ? taskEvents : 0);
    conflatedBefore = 0;
    if (!owns) {
      celery.forgetLatest();
    }
  }

  /**
   * An owner whose lease ran out is none, for as long as it does not know better; nor taken over.
   */
  void onSuspended(boolean suspended) {
    serving.set(suspended ? 0 : owned.get());
  }

  /** Counts a task's event that was merged; {@link #onBatch} makes it seen. */
  void onTaskEvent(CeleryEvent.TaskEvent event, @Nullable String name) {
    celery.onTaskEvent(event, name);
  }

  /**
   * Counts events that were merged, and how long what they tell was on its way: a batch's oldest
   * task event and a worker's since the bridge heard it, a queue's depth since the bridge asked.
   */
  void onBatch(List<CeleryEvent> events, long nowMillis) {
    applied.increment(events.size());
    long oldestMillis = Long.MAX_VALUE;
    for (CeleryEvent event : events) {
      switch (event.kind()) {
        case TASK ->
            oldestMillis = Math.min(oldestMillis, ((CeleryEvent.TaskEvent) event).receivedMillis());
        case WORKER ->
            record(workerHealth, nowMillis - ((CeleryEvent.WorkerEvent) event).receivedMillis());
        case QUEUE_READING ->
            record(queueDepth, nowMillis - ((CeleryEvent.QueueReading) event).readMillis());
        default -> {
          // what is left has no time of its own
        }
      }
    }
    celery.onBatchEnd();
    if (oldestMillis != Long.MAX_VALUE) {
      record(bridgeToOwner, nowMillis - oldestMillis);
    }
  }

  private static void record(Timer hop, long tookMillis) {
    hop.record(Math.max(0, tookMillis), TimeUnit.MILLISECONDS);
  }

  void onAppended(StateStore.Append appended, long tookNanos) {
    append.record(tookNanos, TimeUnit.NANOSECONDS);
    for (StateStore.LoggedBatch batch : appended.batches()) {
      batchBytes.record(batch.payload().length());
    }
  }

  void onLogged(Flush flush, long conflated, int taskCount, int pending, long taskEvents) {
    for (Batch batch : flush.batches()) {
      batchUpdates.record(batch.updates().size());
    }
    conflatedCounter.increment((double) Math.max(0, conflated - conflatedBefore));
    conflatedBefore = conflated;
    tasks.set(taskCount);
    pendingRows.set(pending);
    storedTaskEvents.set(taskEvents);
  }

  void onLatest(List<Update> changed) {
    celery.onLatest(changed);
  }

  /** Counts a failure of the store and logs it, not more often than every ten seconds. */
  void onFailure(String what, Throwable failure) {
    storeFailures.increment();
    long now = node.ticker().nanos();
    if (now - loggedFailureNanos < LOG_EVERY_NANOS) {
      hiddenFailures++;
      return;
    }
    loggedFailureNanos = now;
    LOG.warn(
        "{} of {} failed ({} more not shown): {}",
        what,
        source,
        hiddenFailures,
        failure.toString());
    hiddenFailures = 0;
  }
}
