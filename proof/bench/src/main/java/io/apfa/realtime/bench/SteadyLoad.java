package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of four events each, some at a time, published evenly, one event a message: so many by the
 * caller, or until it is closed by a thread of its own. Confined to whichever publishes.
 */
final class SteadyLoad implements AutoCloseable {
  private final EventPublisher publisher;
  private final long gapNanos;
  private final @Nullable String[] running;
  private final int stagger;
  private final Listener listener;
  private final Thread thread = new Thread(this::publishOn, "load");
  private String queue = "celery";
  private int published;
  private volatile boolean isOver;

  /** Told of each event just before it leaves, by the thread that publishes. */
  interface Listener {
    /**
     * A task's event, its {@code step} as {@link EventPublisher#event} counts them.
     *
     * @param dueNanos when it had to leave: what keeps the publisher from it counts as late, too
     */
    void onPublish(String uuid, int step, long dueNanos);
  }

  private SteadyLoad(
      EventPublisher publisher, long gapNanos, int tasks, int stagger, Listener listener) {
    this.publisher = publisher;
    this.gapNanos = gapNanos;
    this.running = new String[Math.max(1, tasks)];
    this.stagger = stagger;
    this.listener = listener;
    thread.setDaemon(true);
  }

  /** {@code tasks} at a time, all in the same step; an event each {@code gapNanos}. */
  static SteadyLoad inStep(EventPublisher publisher, long gapNanos, int tasks, Listener listener) {
    return new SteadyLoad(publisher, gapNanos, tasks, 0, listener);
  }

  /**
   * Tasks whose events are half a second apart, so that each is an update, in all steps at once.
   */
  static SteadyLoad staggered(EventPublisher publisher, int eventsPerSecond) {
    return new SteadyLoad(
        publisher, gapNanos(eventsPerSecond), eventsPerSecond / 2, 1, (uuid, step, due) -> {});
  }

  /** The same of tasks of another queue than {@code celery}; before it starts. */
  SteadyLoad ofQueue(String name) {
    queue = name;
    return this;
  }

  /** The event of {@link EventPublisher#event} with another queue's name, where it has one. */
  static String inQueue(String event, String queue) {
    return event.replace("\"queue\": \"celery\"", "\"queue\": \"" + queue + "\"");
  }

  /** Nanoseconds between the events of {@code eventsPerSecond}. */
  static long gapNanos(int eventsPerSecond) {
    return TimeUnit.SECONDS.toNanos(1) / eventsPerSecond;
  }

  /** Publishes {@code events}, going on where it stopped. */
  void publish(int events) throws IOException {
    long due = System.nanoTime();
    for (int i = 0; i < events && !isOver; i++) {
      publishOne(due);
      due += gapNanos;
      Pause.until(due);
    }
  }

  /** Publishes for so long, and has {@code crowd} ping, as clients do. */
  void publishFor(int seconds, FanoutClients crowd) throws IOException {
    int perSecond = Math.toIntExact(TimeUnit.SECONDS.toNanos(1) / gapNanos);
    for (int second = 0; second < seconds; second++) {
      crowd.pingInTurn(second);
      publish(perSecond);
    }
  }

  /** Publishes by a thread of its own. */
  void start() {
    thread.start();
  }

  private void publishOn() {
    try {
      publish(Integer.MAX_VALUE);
    } catch (IOException e) {
      System.err.println("load: " + e);
    }
  }

  private void publishOne(long dueNanos) throws IOException {
    int slot = published % running.length;
    int step = (published / running.length + stagger * slot) % IngestLoad.PER_TASK;
    if (step == 0 || running[slot] == null) {
      running[slot] = UUID.randomUUID().toString();
    }
    String uuid = Objects.requireNonNull(running[slot]);
    double now = System.currentTimeMillis() / 1000.0;
    String event = inQueue(EventPublisher.event(uuid, step, now, published + 1), queue);
    byte[] command = EventPublisher.command(List.of(event));
    listener.onPublish(uuid, step, dueNanos);
    publisher.write(command);
    publisher.flush();
    published++;
  }

  /** Publishes nothing more, once this returns. */
  void end() {
    isOver = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end();
  }
}
