package io.apfa.realtime.launcher.demo;

import java.util.List;
import java.util.Random;

/**
 * The demo's customers: one step of a calm mix every {@value #STEP_MILLIS} ms, round and round; the
 * same steps as {@code Customers} in {@code apfa_demo.py}. Confined to its owner's thread.
 */
final class DemoProducer {
  static final int STEP_MILLIS = 160;

  private static final int STEPS = 96;
  private static final String ORDERS = "celery";
  private static final String REPORTS = "reports";

  private final KombuNames names;
  private final Uuids uuids;
  private final Random random;
  private final TaskSender sender;
  private String revoked = "";
  private long nextStepMillis;
  private int step;

  DemoProducer(KombuNames names, int pid, Random random) {
    this.names = names;
    this.random = random;
    this.uuids = new Uuids(random);
    String origin = "gen" + pid + "@generator";
    this.sender = new TaskSender(new EventWriter(names, origin, pid, uuids), uuids);
  }

  /** Publishes the next step if it is due; what a pause made late is left out. */
  void tick(long nowMillis, List<RedisCommand> out) {
    if (nowMillis < nextStepMillis) {
      return;
    }
    boolean late = nowMillis >= nextStepMillis + STEP_MILLIS;
    nextStepMillis = (late ? nowMillis : nextStepMillis) + STEP_MILLIS;
    publish(step % STEPS, nowMillis, out);
    step++;
  }

  private void publish(int place, long nowMillis, List<RedisCommand> out) {
    switch (place) {
      case 4 -> send(task(TaskKind.IMPORT_FILE, "[\"prices.csv\",5000]"), nowMillis, out);
      case 10 -> send(task(TaskKind.FAIL, "[" + order() + "]"), nowMillis, out);
      case 16, 76 -> send(task(TaskKind.FLAKY, "[" + order() + "]"), nowMillis, out);
      case 22 -> sendGroup(5, nowMillis, out);
      case 28 -> sendToRevoke(0, nowMillis, out);
      case 34 -> sendChain(nowMillis, out);
      case 40 -> send(task(TaskKind.LONG, "[12]"), nowMillis, out);
      case 46, 84 -> revoke(nowMillis, out);
      case 52 -> sendReports(6, nowMillis, out);
      case 60 -> send(task(TaskKind.ADD, "[" + order() + ",\"three\"]"), nowMillis, out);
      case 68 -> sendToRevoke(nowMillis + 20_000, nowMillis, out);
      case 90 -> sendReports(3, nowMillis, out);
      default -> {
        String args = "[" + order() + "," + (1 + random.nextInt(99)) + "]";
        send(task(TaskKind.ADD, args), nowMillis, out);
      }
    }
  }

  private int order() {
    return 1_000 + step;
  }

  private DemoTask task(TaskKind kind, String args) {
    String queue = kind == TaskKind.RENDER ? REPORTS : ORDERS;
    return DemoTask.of(uuids.next(), kind.taskName(), queue, args);
  }

  private void send(DemoTask task, long nowMillis, List<RedisCommand> out) {
    sender.send(task, nowMillis, out);
  }

  private void sendGroup(int size, long nowMillis, List<RedisCommand> out) {
    String group = uuids.next();
    for (int n = 0; n < size; n++) {
      send(task(TaskKind.ADD, "[" + n + "," + n + "]").inGroup(group), nowMillis, out);
    }
  }

  private void sendChain(long nowMillis, List<RedisCommand> out) {
    String add = TaskKind.ADD.taskName();
    List<String> rest =
        List.of(
            DemoTask.signature(uuids.next(), add, "[100]"),
            DemoTask.signature(uuids.next(), add, "[10]"));
    send(task(TaskKind.ADD, "[1,2]").followedBy(rest), nowMillis, out);
  }

  private void sendReports(int months, long nowMillis, List<RedisCommand> out) {
    for (int month = 1; month <= months; month++) {
      String args = "[\"2026-0" + month + "\"," + (2 + random.nextInt(7)) + "]";
      send(task(TaskKind.RENDER, args), nowMillis, out);
    }
  }

  private void sendToRevoke(long etaMillis, long nowMillis, List<RedisCommand> out) {
    DemoTask task = task(TaskKind.REVOKED_SOON, "[30]").at(etaMillis);
    revoked = task.id();
    send(task, nowMillis, out);
  }

  private void revoke(long nowMillis, List<RedisCommand> out) {
    out.add(
        RedisCommand.publish(
            names.controlChannel(), ControlRequest.revoke(revoked, nowMillis, uuids.next())));
  }
}
