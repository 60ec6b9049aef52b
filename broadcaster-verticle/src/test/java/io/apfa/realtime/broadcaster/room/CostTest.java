package io.apfa.realtime.broadcaster.room;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.Times;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What a task and an event cost, by the size of the table. The figures are printed; {@code
 * -Dapfa.cost.tasks=1000000} with a larger heap measures a million.
 */
class CostTest {
  private static final int MOST = Integer.getInteger("apfa.cost.tasks", 100_000);

  private record Cost(double mergeNanos, double flushNanos, double pageMicros, double heapBytes) {}

  @Test
  void shouldCostTheSameInAnyTableAndKeepATaskUnderOneKilobyte() {
    measure(1_000);
    Cost small = measure(1_000);
    Cost large = measure(MOST);
    print(1_000, small);
    print(MOST, large);

    assertThat(large.heapBytes()).isLessThan(1_000);
    assertThat(large.mergeNanos()).isLessThan(8 * small.mergeNanos() + 2_000);
    assertThat(large.pageMicros()).isLessThan(5_000);
  }

  private static void print(int tasks, Cost cost) {
    System.out.printf(
        "table of %,d: merge %.0f ns an event, close and log %.0f ns a row, page of 100 %.0f µs,"
            + " %.0f B of heap a task%n",
        tasks, cost.mergeNanos(), cost.flushNanos(), cost.pageMicros(), cost.heapBytes());
  }

  private static Cost measure(int tasks) {
    long before = usedBytes();
    SourceRoom room =
        RoomFixture.room(
            new RoomBounds(tasks, Long.MAX_VALUE, 5_000, 10_000, 10_000, 5_000, 1 << 30));
    long serial = 0;
    while (room.taskCount() < tasks) {
      List<CeleryEvent> events = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        events.addAll(life(serial++));
      }
      RoomFixture.offer(room, events);
      log(room);
    }
    double heapBytes = (double) (usedBytes() - before) / room.taskCount();

    long mergeNanos = 0;
    long flushNanos = 0;
    long merged = 0;
    long rows = 0;
    for (int round = 0; round < 100; round++) {
      List<CeleryEvent> events = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        events.addAll(life(serial++));
      }
      long offset = room.position().offset();
      long start = cpuNanos();
      RoomFixture.offer(room, events);
      long middle = cpuNanos();
      log(room);
      flushNanos += cpuNanos() - middle;
      mergeNanos += middle - start;
      merged += events.size();
      rows += room.position().offset() - offset;
    }
    long start = cpuNanos();
    TaskQuery query = new TaskQuery("celery", "SUCCESS", Events.NAME, null, null, null, 100, null);
    room.queries().page(query);
    TaskQuery first = new TaskQuery("celery", "SUCCESS", null, null, null, null, 100, null);
    for (int i = 0; i < 100; i++) {
      room.queries().page(first);
    }
    double pageMicros = (cpuNanos() - start) / 101_000.0;
    return new Cost(
        (double) mergeNanos / merged, (double) flushNanos / rows, pageMicros, heapBytes);
  }

  /** Closes and logs without encoding: what the event loop does of a large flush. */
  private static void log(SourceRoom room) {
    while (room.hasWork()) {
      room.onLogged(room.close(Events.T0, 50));
    }
  }

  private static List<CeleryEvent> life(long serial) {
    String uuid = new UUID(0x1234_5678_9abc_4defL + serial, serial * 31).toString();
    String host = "w" + serial % 8 + "@alpha";
    long millis = Events.T0 + serial;
    TaskEvent received =
        new TaskEvent(
            "task-received",
            uuid,
            host,
            1,
            serial,
            millis,
            millis,
            copy(Events.NAME),
            "(" + serial + ", 'customer-" + serial + "@example.com')",
            "{'currency': 'EUR', 'amount': " + serial + "}",
            0,
            Times.UNKNOWN_MILLIS,
            Times.UNKNOWN_MILLIS,
            copy(uuid),
            null,
            copy("celery"),
            null,
            Double.NaN,
            null,
            null,
            null);
    return List.of(
        Events.event(
            copy("task-sent"), uuid, host, millis, null, 0, null, copy("celery"), null, Double.NaN),
        received,
        Events.event(
            copy("task-started"),
            copy(uuid),
            host,
            millis + 1,
            null,
            -1,
            null,
            null,
            null,
            Double.NaN),
        Events.event(
            copy("task-succeeded"),
            copy(uuid),
            host,
            millis + 2,
            null,
            -1,
            null,
            null,
            "{'total': " + serial + "}",
            0.05));
  }

  /** As a decoder gives it: a text of its own each time. */
  private static String copy(String text) {
    return new String(text.toCharArray());
  }

  /** This thread's own time: other work on the machine does not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
