package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Celery's figures under the names of celery-exporter, so that its dashboards work. Only the
 * source's owner counts, so the sum over nodes is right.
 *
 * <p>Bound: past {@value #MAX_SERIES} series of a kind, names become {@code other}.
 *
 * <p>Confined to its verticle's context; the gauges read atomics from any thread.
 */
final class CeleryMetrics {
  private static final int MAX_SERIES = 1000;
  private static final int LATELY = 256;
  private static final String OTHER = "other";
  private static final Set<String> COUNTED =
      Set.of(
          "task-sent",
          "task-received",
          "task-started",
          "task-succeeded",
          "task-failed",
          "task-retried",
          "task-revoked",
          "task-rejected");
  private static final double[] RUNTIME_BUCKETS_SECONDS = {
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };

  private final MeterRegistry registry;
  private final String source;
  private final Map<Series, Counter> counters = new HashMap<>();
  private final Map<String, DistributionSummary> runtimes = new HashMap<>();
  private final Map<String, AtomicLong> gauges = new HashMap<>();

  private record Series(String type, String name, String hostname) {}

  /** Meters of events met lately, found without making a key for each. */
  private final @Nullable Tally[] lately = new @Nullable Tally[LATELY];

  /** Those with events of the present batch. */
  private final List<Tally> counted = new ArrayList<>();

  /** What events of a type, a task's name and a sender count on. Confined to its metrics. */
  private static final class Tally {
    final String type;
    final String name;
    final String hostname;
    final @Nullable Counter counter;
    final @Nullable DistributionSummary runtimes;
    long count;

    Tally(
        CeleryEvent.TaskEvent event,
        String name,
        @Nullable Counter counter,
        @Nullable DistributionSummary runtimes) {
      this.type = event.type();
      this.name = name;
      this.hostname = event.hostname();
      this.counter = counter;
      this.runtimes = runtimes;
    }

    boolean isOf(CeleryEvent.TaskEvent event, String taskName) {
      return type.equals(event.type())
          && name.equals(taskName)
          && hostname.equals(event.hostname());
    }
  }

  CeleryMetrics(MeterRegistry registry, String source) {
    this.registry = registry;
    this.source = source;
  }

  /**
   * Counts a task event; {@link #onBatchEnd} makes it seen.
   *
   * @param name of the task, as the table knows it
   */
  void onTaskEvent(CeleryEvent.TaskEvent event, @Nullable String name) {
    String known = name == null ? "unknown" : name;
    int hash = (event.type().hashCode() * 31 + known.hashCode()) * 31 + event.hostname().hashCode();
    int place = (hash ^ hash >>> 16) & (LATELY - 1);
    Tally tally = lately[place];
    if (tally == null || !tally.isOf(event, known)) {
      tally = tallyOf(event, known);
      lately[place] = tally;
    }
    if (tally.counter == null) {
      return;
    }
    if (tally.count++ == 0) {
      counted.add(tally);
    }
    if (tally.runtimes != null && event.runtimeSeconds() >= 0) {
      tally.runtimes.record(event.runtimeSeconds());
    }
  }

  /** Adds what a batch of events counted to the meters. */
  void onBatchEnd() {
    for (Tally tally : counted) {
      if (tally.counter != null) {
        tally.counter.increment((double) tally.count);
      }
      tally.count = 0;
    }
    counted.clear();
  }

  private Tally tallyOf(CeleryEvent.TaskEvent event, String name) {
    boolean isCounted = COUNTED.contains(event.type());
    return new Tally(
        event,
        name,
        isCounted ? counterOf(event, name) : null,
        event.type().equals("task-succeeded") ? runtimesOf(name) : null);
  }

  private Counter counterOf(CeleryEvent.TaskEvent event, String name) {
    String hostname = event.type().equals("task-sent") ? "" : event.hostname();
    Series series = new Series(event.type(), name, hostname);
    Counter counter = counters.get(series);
    if (counter == null) {
      Series bounded =
          counters.size() < MAX_SERIES ? series : new Series(event.type(), OTHER, OTHER);
      counter = counters.computeIfAbsent(bounded, this::register);
    }
    return counter;
  }

  private DistributionSummary runtimesOf(String name) {
    String bounded = runtimes.size() < MAX_SERIES || runtimes.containsKey(name) ? name : OTHER;
    return runtimes.computeIfAbsent(bounded, this::registerRuntime);
  }

  /** Shows queue depths and workers that changed. */
  void onLatest(List<Update> changed) {
    for (Update update : changed) {
      if (update.kind() == Update.Kind.QUEUE_DEPTH) {
        Update.QueueDepth depth = (Update.QueueDepth) update;
        gauge("celery.queue.length", "queue_name", depth.queue()).set(depth.depth());
      } else if (update.kind() == Update.Kind.WORKER_UPDATE) {
        Worker worker = ((Update.WorkerUpdate) update).worker();
        gauge("celery.worker.up", "hostname", worker.hostname())
            .set(worker.status() == Worker.Status.ONLINE ? 1 : 0);
        gauge("celery.worker.tasks.active", "hostname", worker.hostname())
            .set(Math.max(0, worker.active()));
      }
    }
  }

  /** Sets every gauge to 0: another node owns the source. */
  void forgetLatest() {
    gauges.values().forEach(value -> value.set(0));
  }

  private Counter register(Series series) {
    return Counter.builder("celery." + series.type().replace('-', '.'))
        .description("task events of this type")
        .tag("source", source)
        .tag("name", series.name())
        .tag("hostname", series.hostname())
        .register(registry);
  }

  private DistributionSummary registerRuntime(String name) {
    return DistributionSummary.builder("celery.task.runtime")
        .description("seconds a task ran, as task-succeeded reports them")
        .tag("source", source)
        .tag("name", name)
        .serviceLevelObjectives(RUNTIME_BUCKETS_SECONDS)
        .register(registry);
  }

  private AtomicLong gauge(String metric, String tag, String value) {
    String bounded = gauges.size() < MAX_SERIES ? value : OTHER;
    return gauges.computeIfAbsent(
        gauges.containsKey(metric + "/" + value) ? metric + "/" + value : metric + "/" + bounded,
        key -> {
          AtomicLong held = new AtomicLong();
          Gauge.builder(metric, held, AtomicLong::get)
              .tag("source", source)
              .tag(tag, key.substring(metric.length() + 1))
              .strongReference(true)
              .register(registry);
          return held;
        });
  }
}
