package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The five latency classes of the specification, each from what happens in Celery or from the click
 * until a browser's session has the frame that tells it, with a real Redis, real Celery workers and
 * other tasks going on. Each trial comes at a random time of the system's own intervals.
 *
 * <p>Arguments: trials (100), events per second of other tasks (170), limits file (default limits).
 */
final class ClassesBench {
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SECONDS = 20;
  private static final int WARM_UP_ACTIONS = 20;

  /** Depths are read every two seconds: a trial takes a second, not milliseconds. */
  private static final int QUEUE_TRIALS = 30;

  /** A killed worker is missed only after some heartbeats, and another one has to be started. */
  private static final int KILLED_WORKERS = 5;

  private static final int MOST_PAUSE_MILLIS = 150;
  private static final String QUEUE = "bulk";
  private static final Path PEERS = Path.of("proof", "bench", "peers").toAbsolutePath();

  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final int trials;
  private final String brokerUrl;
  private final EventPublisher publisher;
  private final RoomWatch watch;

  private ClassesBench(int trials, String brokerUrl, EventPublisher publisher, RoomWatch watch) {
    this.trials = trials;
    this.brokerUrl = brokerUrl;
    this.publisher = publisher;
    this.watch = watch;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int trials = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 170;
    String limits = arguments.length > 2 ? arguments[2] : "conf/limits.yaml";
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", limits));
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        EventPublisher others = new EventPublisher(cluster.redisPort());
        PushLatency push = PushLatency.open(vertx, cluster.httpPort(), 1);
        SteadyLoad load =
            SteadyLoad.inStep(others, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push);
        RoomWatch watch = RoomWatch.open(vertx, cluster.httpPort())) {
      load.start();
      vertx.setPeriodic(10_000, id -> watch.ping());
      ClassesBench bench = new ClassesBench(trials, cluster.brokerUrl(), publisher, watch);
      Pause.seconds(WARM_UP_SECONDS);
      push.reset();
      bench.measureOthers();
      bench.rows.add(0, row("task status", "event published", 1_000, 99.9, push.micros()));
      Figures figures = new Figures("classes" + (limits.contains("low") ? "-low" : ""));
      figures.put("events_per_second_of_other_tasks", rate);
      figures.put("limits", limits);
      figures.put("rows", bench.rows);
      figures.finish();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void measureOthers() throws Exception {
    watch.join("celery:queues");
    watch.join("celery:workers");
    watch.join("celery:commands");
    measureBatches();
    measureQueues();
    List<ServerProcess> workers = new ArrayList<>();
    try {
      workers.add(startWorker(0));
      measureActions();
      for (int i = 1; i < KILLED_WORKERS; i++) {
        workers.add(startWorker(i));
      }
      measureWorkers(workers);
    } finally {
      workers.forEach(ServerProcess::close);
    }
  }

  /** One more task of a canvas has ended. */
  private void measureBatches() throws Exception {
    String root = UUID.randomUUID().toString();
    watch.join("celery:group:" + root);
    List<String> members = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      members.add(UUID.randomUUID().toString());
      publish(
          EventPublisher.event(members.get(i), 1, seconds(), i)
              .replace("\"root_id\": \"" + members.get(i), "\"root_id\": \"" + root));
    }
    Pause.seconds(1);
    Histogram micros = histogram();
    for (int i = 0; i < trials; i++) {
      int completed = i + 1;
      String member = members.get(i);
      pause();
      long nanos =
          watch.nanosUntil(
              update ->
                  is(update, "batch_progress", "group_id", root)
                      && update.getJsonObject("data").getInteger("completed") >= completed,
              () -> publish(EventPublisher.event(member, 3, seconds(), completed)));
      micros.recordValue(nanos / 1_000);
    }
    rows.add(row("batch progress", "a member's event published", 2_000, 99, micros));
  }

  /** A message more waits in a queue. */
  private void measureQueues() throws Exception {
    publish(
        SteadyLoad.inQueue(
            EventPublisher.event(UUID.randomUUID().toString(), 0, seconds(), 1), QUEUE));
    Histogram micros = histogram();
    for (int i = 0; i < QUEUE_TRIALS; i++) {
      int depth = i + 1;
      Pause.millis(ThreadLocalRandom.current().nextInt(2_000));
      long nanos =
          watch.nanosUntil(
              update ->
                  is(update, "queue_depth", "queue", QUEUE)
                      && update.getJsonObject("data").getInteger("depth") == depth,
              () -> write("LPUSH", QUEUE, "{}"));
      micros.recordValue(nanos / 1_000);
    }
    rows.add(row("queue depth", "message in the queue", 5_000, 95, micros));
  }

  /** A click that a real worker confirms. */
  private void measureActions() throws Exception {
    Histogram micros = histogram();
    for (int i = -WARM_UP_ACTIONS; i < trials; i++) {
      String uuid = UUID.randomUUID().toString();
      JsonObject click =
          new JsonObject()
              .put("type", "send")
              .put("address", "celery.revoke")
              .put("replyAddress", "reply")
              .put("headers", new JsonObject().put("msgId", uuid))
              .put("body", new JsonObject().put("uuid", uuid));
      pause();
      long nanos =
          watch.nanosUntil(
              update ->
                  is(update, "command_update", "msgId", uuid)
                      && "confirmed".equals(update.getJsonObject("data").getString("status")),
              () -> watch.say(click));
      if (i >= 0) {
        micros.recordValue(nanos / 1_000);
      }
    }
    rows.add(row("manual action", "click, until a worker's own word", 500, 99.9, micros));
  }

  /** A worker dies without a word. */
  private void measureWorkers(List<ServerProcess> workers) throws Exception {
    Histogram micros = histogram();
    for (int i = 0; i < workers.size(); i++) {
      String hostname = hostname(i);
      ServerProcess worker = workers.get(i);
      Pause.millis(ThreadLocalRandom.current().nextInt(2_000));
      long nanos =
          watch.nanosUntil(
              update ->
                  is(update, "worker_update", "hostname", hostname)
                      && !"online".equals(update.getJsonObject("data").getString("status")),
              worker::kill);
      micros.recordValue(nanos / 1_000);
    }
    rows.add(row("worker health", "SIGKILL of a worker", 10_000, 95, micros));
  }

  private static String hostname(int worker) {
    return "bench" + worker + "@classes";
  }

  private ServerProcess startWorker(int number) throws Exception {
    ServerProcess[] worker = new ServerProcess[1];
    watch.nanosUntil(
        update ->
            is(update, "worker_update", "hostname", hostname(number))
                && "online".equals(update.getJsonObject("data").getString("status")),
        () ->
            worker[0] =
                ServerProcess.start(
                    "worker-" + number,
                    List.of(
                        "/usr/bin/python3",
                        "-m",
                        "celery",
                        "-A",
                        "worker_app",
                        "worker",
                        "-P",
                        "solo",
                        "-n",
                        hostname(number)),
                    Map.of(
                        "BENCH_BROKER_URL",
                        brokerUrl,
                        "PYTHONPATH",
                        PEERS.toString(),
                        "PYTHONDONTWRITEBYTECODE",
                        "1",
                        "C_FORCE_ROOT",
                        "1")));
    return worker[0];
  }

  private static boolean is(JsonObject update, String type, String key, String value) {
    return type.equals(update.getString("type"))
        && value.equals(update.getJsonObject("data").getString(key));
  }

  private static double seconds() {
    return System.currentTimeMillis() / 1000.0;
  }

  private void publish(String event) throws Exception {
    publisher.write(EventPublisher.command(List.of(event)));
    publisher.flush();
  }

  /** Any command of Redis. */
  private void write(String... words) throws Exception {
    StringBuilder out = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      out.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    publisher.write(out.toString().getBytes(StandardCharsets.US_ASCII));
    publisher.flush();
  }

  /** So that trials do not keep step with the system's intervals. */
  private static void pause() {
    Pause.millis(ThreadLocalRandom.current().nextInt(MOST_PAUSE_MILLIS));
  }

  private static Histogram histogram() {
    return new Histogram(PushLatency.MOST_MICROS, 3);
  }

  private static Map<String, Object> row(
      String what, String from, int promisedMillis, double promisedPercent, Histogram micros) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("class", what);
    row.put("from", from);
    row.put("promised_ms", promisedMillis);
    row.put("promised_percent", promisedPercent);
    row.put(
        "within_promise_percent",
        Figures.round(micros.getPercentileAtOrBelowValue(promisedMillis * 1_000L)));
    row.put("p50_ms", Figures.millis(micros, 50));
    row.put("p99_ms", Figures.millis(micros, 99));
    row.put("worst_ms", Figures.round(micros.getMaxValue() / 1000.0));
    row.put("trials", micros.getTotalCount());
    System.out.println(row);
    return row;
  }
}
