package io.apfa.realtime.bench;

import io.apfa.realtime.protocol.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Made-up tasks with random ids, 573 bytes of JSON each on average: the load that size tables are
 * measured on. The same seed gives the same tasks. Immutable.
 */
final class SyntheticTasks {
  private static final String[] NAMES = {
    "orders.add", "orders.import_file", "reports.render", "mail.notify_customer", "billing.charge"
  };
  private static final String[] QUEUES = {"celery", "reports", "mail"};
  private static final long START_MILLIS = 1_795_555_000_000L;

  private SyntheticTasks() {}

  /** {@code count} tasks in SUCCESS with offsets from 1. */
  static List<Task> finished(int count, long seed) {
    Random random = new Random(seed);
    List<Task> tasks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String uuid = new UUID(random.nextLong(), random.nextLong()).toString();
      long sent = START_MILLIS + i * 6L + random.nextInt(5);
      long received = sent + 1 + random.nextInt(4);
      long started = received + random.nextInt(40);
      long runtimeMicros = 1000L + random.nextInt(900_000);
      long succeeded = started + runtimeMicros / 1000;
      tasks.add(
          Task.builder(uuid)
              .name(NAMES[random.nextInt(NAMES.length)])
              .state("SUCCESS")
              .worker("celery" + (1 + random.nextInt(8)) + "@worker-" + random.nextInt(4) + ".prod")
              .queue(QUEUES[random.nextInt(QUEUES.length)])
              .args("(" + random.nextInt(1_000_000) + ", " + random.nextInt(100) + ")")
              .kwargs(
                  "{'customer': "
                      + random.nextInt(100_000)
                      + ", 'order': 'ORD-"
                      + random.nextInt(100_000_000)
                      + "', 'channel': 'web', 'notify': True}")
              .retries(0)
              .rootId(uuid)
              .sentMillis(sent)
              .receivedMillis(received)
              .startedMillis(started)
              .succeededMillis(succeeded)
              .timestampMillis(succeeded)
              .runtimeSeconds(runtimeMicros / 1e6)
              .result(
                  "{'status': 'ok', 'rows': "
                      + random.nextInt(100_000)
                      + ", 'invoice': 'INV-"
                      + random.nextInt(100_000_000)
                      + "'}")
              .offset(i + 1L)
              .build());
    }
    return tasks;
  }
}
