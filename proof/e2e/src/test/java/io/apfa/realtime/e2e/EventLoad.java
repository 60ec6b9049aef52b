package io.apfa.realtime.e2e;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Tasks of four events each, published evenly by a thread of its own, whatever else happens. A
 * task's events are half a second apart, so that each is an update. Thread-safe: every method holds
 * the object's monitor, or joins its thread.
 */
final class EventLoad implements AutoCloseable {
  private static final int FILL_TASKS = 25;
  private static final int FILL_TASKS_PER_SECOND = 2_000;

  private final EventPublisher publisher;
  private final SeenBatch.TaskNumbers numbers;
  private final long gapNanos;
  private final String[] running;
  private final List<Integer> tasks = new ArrayList<>();
  private int published;
  private volatile boolean going;
  private Thread thread;

  EventLoad(int redisPort, int eventsPerSecond, SeenBatch.TaskNumbers numbers) throws IOException {
    this.publisher = new EventPublisher(redisPort);
    this.numbers = numbers;
    this.gapNanos = 1_000_000_000L / eventsPerSecond;
    this.running = new String[Math.max(10, eventsPerSecond / 2)];
  }

  /**
   * Publishes {@code count} tasks that were sent and ended, as fast as a node takes them; they are
   * not among {@link #tasks}.
   */
  synchronized void fill(int count) throws IOException {
    for (int first = 0; first < count; first += FILL_TASKS) {
      List<String> events = new ArrayList<>();
      for (int i = first; i < Math.min(count, first + FILL_TASKS); i++) {
        String uuid = UUID.randomUUID().toString();
        double now = System.currentTimeMillis() / 1000.0;
        events.add(EventPublisher.event(uuid, 0, now, 2 * i));
        events.add(EventPublisher.event(uuid, 3, now, 2 * i + 1));
      }
      publisher.write(EventPublisher.command(events));
      publisher.flush();
      LockSupport.parkNanos(FILL_TASKS * 1_000_000_000L / FILL_TASKS_PER_SECOND);
    }
  }

  /** Begins to publish. */
  void start() {
    going = true;
    thread = new Thread(this::publishEvenly, "load");
    thread.start();
  }

  /** Publishes for so long. */
  void run(double seconds) {
    long until = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  /** Ends the tasks that are under way, then publishes nothing more until {@link #start}. */
  void settle() throws IOException {
    going = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      while (published % (running.length * 4) != 0) {
        publishNext();
      }
      publisher.flush();
    }
  }

  /** The numbers of all tasks published so far. */
  synchronized int[] tasks() {
    return tasks.stream().mapToInt(Integer::intValue).toArray();
  }

  synchronized int published() {
    return published;
  }

  private void publishEvenly() {
    long due = System.nanoTime();
    while (going) {
      try {
        publishNext();
        publisher.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      due += gapNanos;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  private synchronized void publishNext() throws IOException {
    int slot = published % running.length;
    int step = published / running.length % 4;
    if (step == 0) {
      running[slot] = UUID.randomUUID().toString();
      tasks.add(numbers.of(running[slot]));
    }
    published++;
    publisher.write(
        EventPublisher.command(
            List.of(
                EventPublisher.event(
                    running[slot], step, System.currentTimeMillis() / 1000.0, published))));
  }

  @Override
  public void close() throws IOException {
    going = false;
    publisher.close();
  }
}
