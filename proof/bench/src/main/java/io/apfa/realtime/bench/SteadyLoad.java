package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of four events each, half a second apart so that each is an update, published evenly by a
 * thread of its own. Thread-safe: what it publishes belongs to that thread.
 */
final class SteadyLoad implements AutoCloseable {
  private final EventPublisher publisher;
  private final long gapNanos;
  private final @Nullable String[] running;
  private final Thread thread = new Thread(this::publish, "load");
  private volatile boolean isOver;

  SteadyLoad(EventPublisher publisher, int eventsPerSecond) {
    this.publisher = publisher;
    this.gapNanos = TimeUnit.SECONDS.toNanos(1) / eventsPerSecond;
    this.running = new String[Math.max(1, eventsPerSecond / 2)];
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void publish() {
    long due = System.nanoTime();
    try {
      for (int published = 0; !isOver; published++) {
        publish(published);
        due += gapNanos;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
      }
    } catch (IOException e) {
      System.err.println("load: " + e);
    }
  }

  private void publish(int published) throws IOException {
    int slot = published % running.length;
    int step = (published / running.length + slot) % IngestLoad.PER_TASK;
    if (step == 0 || running[slot] == null) {
      running[slot] = UUID.randomUUID().toString();
    }
    String uuid = Objects.requireNonNull(running[slot]);
    double now = System.currentTimeMillis() / 1000.0;
    publisher.write(
        EventPublisher.command(List.of(EventPublisher.event(uuid, step, now, published + 1))));
    publisher.flush();
  }

  @Override
  public void close() {
    isOver = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
