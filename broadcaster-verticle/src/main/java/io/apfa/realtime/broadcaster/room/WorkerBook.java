package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.CeleryEvent.WorkerEvent;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.Worker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest of each worker. One that sent heartbeats is online until twice its interval passed
 * since the last sign of life, by this process's monotonic time; one known by task events only is
 * unknown, because no heartbeat is due.
 *
 * <p>Bound: past {@code maxWorkers} the one heard of longest ago leaves, offline ones first.
 *
 * <p>Confined to its verticle's context.
 */
final class WorkerBook {
  private static final double DEFAULT_FREQ_SECONDS = 60;
  private static final double EXPIRE_INTERVALS = 2;

  private final int maxWorkers;
  private final Map<String, Seen> workers = new LinkedHashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();
  private final List<String> left = new ArrayList<>();

  private static final class Seen {
    Worker worker;
    long dueNanos;

    Seen(Worker worker) {
      this.worker = worker;
    }
  }

  WorkerBook(int maxWorkers) {
    this.maxWorkers = maxWorkers;
  }

  int size() {
    return workers.size();
  }

  /** Every worker. */
  List<Worker> all() {
    return workers.values().stream().map(seen -> seen.worker).toList();
  }

  @Nullable Worker worker(String hostname) {
    Seen seen = workers.get(hostname);
    return seen == null ? null : seen.worker;
  }

  /**
   * Merges a worker event.
   *
   * @param heardNanos when it was heard, on this process's ticker
   */
  void onEvent(WorkerEvent event, long heardNanos) {
    Seen seen = seenOf(event.hostname());
    Worker known = seen.worker;
    boolean offline = event.type().equals("worker-offline");
    double freq = Double.isNaN(event.freqSeconds()) ? known.freqSeconds() : event.freqSeconds();
    Worker next =
        new Worker(
            known.hostname(),
            offline ? Worker.Status.OFFLINE : Worker.Status.ONLINE,
            event.pid() >= 0 ? event.pid() : known.pid(),
            freq,
            event.active() >= 0 ? event.active() : known.active(),
            event.processed() >= 0 ? event.processed() : known.processed(),
            event.loadavg().isEmpty() ? known.loadavg() : event.loadavg(),
            event.swIdent() != null ? event.swIdent() : known.swIdent(),
            event.swVer() != null ? event.swVer() : known.swVer(),
            event.swSys() != null ? event.swSys() : known.swSys(),
            event.poolSize() >= 0 ? event.poolSize() : known.poolSize(),
            offline
                ? known.lastHeartbeatMillis()
                : Math.max(known.lastHeartbeatMillis(), event.receivedMillis()));
    seen.dueNanos = offline ? heardNanos : Math.max(seen.dueNanos, dueNanos(next, heardNanos));
    change(seen, next);
  }

  /** Notes that a worker spoke of a task: a sign of life, unless it said that it went. */
  void onTaskEvent(String hostname, long heardNanos) {
    Seen seen = workers.get(hostname);
    if (seen == null) {
      seenOf(hostname);
    } else if (seen.worker.status() == Worker.Status.ONLINE) {
      seen.dueNanos = Math.max(seen.dueNanos, dueNanos(seen.worker, heardNanos));
    }
  }

  /** Takes a worker from the store: what it was, with a whole interval to show itself again. */
  void restore(Worker worker, long nowNanos) {
    Seen seen = new Seen(worker);
    seen.dueNanos = dueNanos(worker, nowNanos);
    workers.put(worker.hostname(), seen);
  }

  /** Turns workers offline whose heartbeat is overdue. */
  void tick(long nowNanos) {
    for (Seen seen : workers.values()) {
      if (seen.worker.status() == Worker.Status.ONLINE && nowNanos - seen.dueNanos > 0) {
        change(seen, withStatus(seen.worker, Worker.Status.OFFLINE));
      }
    }
  }

  /** Whether any worker changed since {@link #takeChanged}. */
  boolean hasChanged() {
    return !changed.isEmpty();
  }

  /** The workers that changed since the last call. */
  List<Worker> takeChanged() {
    List<Worker> taken = new ArrayList<>(changed.size());
    for (String hostname : changed) {
      Seen seen = workers.get(hostname);
      if (seen != null) {
        taken.add(seen.worker);
      }
    }
    changed.clear();
    return taken;
  }

  /** The workers that left the book since the last call. */
  Collection<String> takeLeft() {
    List<String> taken = List.copyOf(left);
    left.clear();
    return taken;
  }

  private Seen seenOf(String hostname) {
    Seen known = workers.get(hostname);
    if (known != null) {
      return known;
    }
    if (workers.size() >= maxWorkers) {
      dropOne();
    }
    Worker unknown =
        new Worker(
            hostname,
            Worker.Status.UNKNOWN,
            -1,
            Double.NaN,
            -1,
            -1,
            List.of(),
            null,
            null,
            null,
            -1,
            Times.UNKNOWN_MILLIS);
    Seen seen = new Seen(unknown);
    workers.put(hostname, seen);
    changed.add(hostname);
    return seen;
  }

  private void dropOne() {
    String leaving = null;
    for (Map.Entry<String, Seen> entry : workers.entrySet()) {
      if (entry.getValue().worker.status() == Worker.Status.OFFLINE) {
        leaving = entry.getKey();
        break;
      }
    }
    if (leaving == null) {
      leaving = workers.keySet().iterator().next();
    }
    workers.remove(leaving);
    changed.remove(leaving);
    left.add(leaving);
  }

  private void change(Seen seen, Worker next) {
    if (!next.equals(seen.worker)) {
      seen.worker = next;
      changed.add(next.hostname());
    }
  }

  private static long dueNanos(Worker worker, long heardNanos) {
    double freq =
        worker.freqSeconds() > 0 && worker.freqSeconds() < 86_400
            ? worker.freqSeconds()
            : DEFAULT_FREQ_SECONDS;
    return heardNanos + (long) (freq * EXPIRE_INTERVALS * 1e9);
  }

  private static Worker withStatus(Worker worker, Worker.Status status) {
    return new Worker(
        worker.hostname(),
        status,
        worker.pid(),
        worker.freqSeconds(),
        worker.active(),
        worker.processed(),
        worker.loadavg(),
        worker.swIdent(),
        worker.swVer(),
        worker.swSys(),
        worker.poolSize(),
        worker.lastHeartbeatMillis());
  }
}
