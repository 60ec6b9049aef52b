package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Workers that publish the events of tasks evenly, whatever else happens, and the record of what
 * they did: each task is sent, received, started and succeeds, and each worker says in its
 * heartbeats how many it started. Workers of even numbers write results. A worker whose broker is
 * away forgets what it would have said, as pub/sub does.
 *
 * <p>Thread-safe: it publishes on a thread of its own; the record is read under the object's
 * monitor.
 */
final class PublishedTasks implements AutoCloseable {
  private static final int WORKERS = 4;
  private static final int RUNNING = 20;
  private static final int STEPS = 4;
  private static final long SETTLED_MILLIS = 3000;
  private static final long HEARTBEAT_NANOS = 1_000_000_000L;

  private final int port;
  private final int perSecond;
  private final Thread thread = new Thread(this::run, "event-load");
  private final Map<String, Published> tasks = new LinkedHashMap<>();
  private final Published[] running = new Published[RUNNING];
  private final long[] started = new long[WORKERS];
  private @Nullable EventPublisher publisher;
  private long events;
  private long refused;
  private boolean ending;

  /** One task as it was published. Confined to its load's monitor. */
  static final class Published {
    final String uuid = UUID.randomUUID().toString();
    final int worker;
    final long[] millis = new long[STEPS];

    Published(int worker) {
      this.worker = worker;
    }

    String hostname() {
      return hostnameOf(worker);
    }
  }

  private PublishedTasks(int port, int perSecond) {
    this.port = port;
    this.perSecond = perSecond;
    thread.setDaemon(true);
  }

  /** Begins to publish {@code perSecond} task events a second to the Redis on {@code port}. */
  static PublishedTasks start(int port, int perSecond) {
    PublishedTasks load = new PublishedTasks(port, perSecond);
    for (int worker = 0; worker < WORKERS; worker++) {
      load.heartbeat(worker);
    }
    load.thread.start();
    return load;
  }

  static String hostnameOf(int worker) {
    return "load" + worker + "@host";
  }

  /** Waits until it has published for about {@code seconds} more. */
  void awaitSeconds(int seconds) {
    long target = events() + (long) seconds * perSecond;
    await("the load goes on")
        .atMost(Duration.ofSeconds(seconds * 3L + 30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> events() >= target);
  }

  /** Ends the tasks that are under way, waits for it, and says the last heartbeats. */
  void finish() {
    synchronized (this) {
      ending = true;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    heartbeats();
  }

  /** Every worker sends a heartbeat now. */
  void heartbeats() {
    for (int worker = 0; worker < WORKERS; worker++) {
      heartbeat(worker);
    }
  }

  /** Task events so far, whether or not the broker took them. */
  synchronized long events() {
    return events;
  }

  /** Task events that the broker was not there to take. */
  synchronized long refused() {
    return refused;
  }

  /** The tasks whose end was published a while ago: what becomes of them shows by now. */
  synchronized List<Published> ended() {
    long before = System.currentTimeMillis() - SETTLED_MILLIS;
    return tasks.values().stream()
        .filter(task -> task.millis[STEPS - 1] > 0 && task.millis[STEPS - 1] < before)
        .toList();
  }

  synchronized List<String> uuids() {
    return new ArrayList<>(tasks.keySet());
  }

  private void run() {
    long due = System.nanoTime();
    long nextHeartbeat = due + HEARTBEAT_NANOS;
    while (publishNext()) {
      due += 1_000_000_000L / perSecond;
      if (due - nextHeartbeat > 0) {
        nextHeartbeat += HEARTBEAT_NANOS;
        heartbeats();
      }
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  private synchronized boolean publishNext() {
    int slot = (int) (events % RUNNING);
    int step = (int) (events / RUNNING % STEPS);
    if (ending && slot == 0 && step == 0) {
      return false;
    }
    if (step == 0) {
      running[slot] = new Published(slot % WORKERS);
      tasks.put(running[slot].uuid, running[slot]);
    }
    Published task = running[slot];
    long now = System.currentTimeMillis();
    task.millis[step] = now;
    events++;
    if (step == 2) {
      started[task.worker]++;
    }
    boolean taken =
        publish(EventPublisher.event(task.uuid, step, now / 1000.0, (int) events, task.hostname()));
    if (!taken) {
      refused++;
    }
    if (step == STEPS - 1 && task.worker % 2 == 0) {
      write(result(task.uuid));
    }
    return true;
  }

  private synchronized void heartbeat(int worker) {
    publish(
        ("{\"type\": \"worker-heartbeat\", \"hostname\": \"%s\", \"utcoffset\": 0, \"pid\": 4711,"
                + " \"clock\": %d, \"freq\": 2.0, \"active\": 1, \"processed\": %d,"
                + " \"loadavg\": [0.1, 0.1, 0.1], \"sw_ident\": \"py-celery\", \"sw_ver\":"
                + " \"5.2.6\", \"sw_sys\": \"Linux\", \"timestamp\": %.6f}")
            .formatted(
                hostnameOf(worker), events, started[worker], System.currentTimeMillis() / 1000.0));
  }

  /** What the worker writes to the result backend. */
  private static byte[] result(String uuid) {
    String json =
        "{\"status\": \"SUCCESS\", \"result\": 5, \"traceback\": null, \"children\": [],"
            + " \"date_done\": \"2026-11-24T21:27:42.880614\", \"task_id\": \"%s\"}"
                .formatted(uuid);
    String key = "celery-task-meta-" + uuid;
    return CeleryApp.utf8(
        "*4\r\n$5\r\nSETEX\r\n$%d\r\n%s\r\n$4\r\n3600\r\n$%d\r\n%s\r\n"
            .formatted(key.length(), key, json.length(), json));
  }

  private boolean publish(String event) {
    return write(EventPublisher.command(List.of(event)));
  }

  private boolean write(byte[] command) {
    try {
      EventPublisher open = publisher;
      if (open == null) {
        open = new EventPublisher(port);
        publisher = open;
      }
      open.write(command);
      open.flush();
      return true;
    } catch (IOException e) {
      publisher = null;
      return false;
    }
  }

  @Override
  public void close() {
    finish();
    try {
      EventPublisher open = publisher;
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      // it was to end anyway
    }
  }
}
