package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tasks of four events each (sent, received, started, succeeded), a hundred at a time, at a pace.
 * Confined to the bench's thread.
 */
final class IngestLoad {
  /** Events of a task. */
  static final int PER_TASK = 4;

  private static final int RUNNING_TASKS = 100;
  private static final int FLUSH_EVENTS = 2000;
  private static final double START_SECONDS = 1_795_555_942.25;

  private final int perMessage;
  private int clock;

  /** Events go out in lists of {@code perMessage}. */
  IngestLoad(int perMessage) {
    this.perMessage = perMessage;
  }

  /** Publishes tasks of four events each as fast as a reader that is not cut off can take them. */
  void publish(EventPublisher publisher, int events, int eventsPerSecond) throws Exception {
    List<String> list = new ArrayList<>();
    String[] uuids = new String[RUNNING_TASKS];
    int published = 0;
    long start = System.nanoTime();
    long paced = 0;
    for (int i = 0; i < events; i++) {
      int slot = i % uuids.length;
      int step = i / uuids.length % PER_TASK;
      if (step == 0) {
        uuids[slot] = UUID.randomUUID().toString();
      }
      list.add(EventPublisher.event(uuids[slot], step, START_SECONDS + clock * 1e-4, ++clock));
      if (list.size() == perMessage || i == events - 1) {
        publisher.write(EventPublisher.command(list));
        published += list.size();
        list.clear();
        if (published - paced >= FLUSH_EVENTS) {
          paced = published;
          publisher.flush();
          long due = start + published * 1_000_000_000L / eventsPerSecond;
          LockSupport.parkNanos(due - System.nanoTime());
        }
      }
    }
    publisher.flush();
  }

  /** Waits until so many task events are in the table and its log. */
  static void await(int managementPort, int events) throws Exception {
    ServerProcess.waitFor(
        events + " events in the table",
        () -> {
          // asked seldom: the answer costs CPU too
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
          return stored(managementPort) >= events;
        });
  }

  private static double stored(int managementPort) throws Exception {
    double stored = 0;
    String metrics = ServerProcess.get("http://127.0.0.1:" + managementPort + "/metrics");
    for (String line : metrics.lines().toList()) {
      if (line.startsWith("apfa_owner_task_events{")) {
        stored += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return stored;
  }
}
