package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * What one that is greedy costs the others: latency of sessions in a quiet queue's room while
 * nobody is greedy, and while a session asks for everything again and again, a user gives commands
 * without end, and a room has fifteen times the updates; each between two times without. The server
 * has one processor, all else the other.
 *
 * <p>Arguments: sessions in the room of all tasks (300), updates per second of the quiet queue
 * (200), seconds of each phase (10).
 */
final class FairnessBench {
  private static final int MEASURED = 20;
  private static final int RUNNING_TASKS = 40;
  private static final int WARM_UP_SECONDS = 20;
  private static final int REGISTERS_PER_SECOND = 50;
  private static final int COMMANDS_PER_SECOND = 500;
  private static final int FLOOD = 15;
  private static final String QUIET = "quiet";
  private static final String EVERYTHING =
      "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\",\"snapshot\":\"all\"}}";
  private static final String REGISTER_COLUMNS =
      PushLatency.REGISTER.replace("\"json\"", "\"msgpack-columns\"");

  private final Figures figures = new Figures("fairness");
  private final int seconds;
  private final PushLatency push;
  private double undisturbedMillis;

  private FairnessBench(int seconds, PushLatency push) {
    this.seconds = seconds;
    this.push = push;
  }

  /** Runs the bench. */
  @SuppressWarnings("try") // the sessions only have to be there
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    ServerProcess.pin(ProcessHandle.current().pid(), "1");
    Vertx vertx = Vertx.vertx();
    try (Cluster cluster =
            Cluster.start(1, Map.of("APFA_LIMITS_FILE", "conf/limits-low-latency.yaml"));
        FanoutClients crowd = FanoutClients.crowd();
        FanoutClients greedy = FanoutClients.crowd();
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        EventPublisher flood = new EventPublisher(cluster.redisPort())) {
      ServerProcess.pin(cluster.redis().pid(), "1");
      ServerProcess.pin(cluster.node().pid(), "0");
      crowd.open(cluster.httpPort(), "/eventbus/websocket", sessions, REGISTER_COLUMNS);
      greedy.open(cluster.httpPort(), "/eventbus/websocket", 1, REGISTER_COLUMNS);
      String register = PushLatency.REGISTER.replace("celery:tasks", "celery:queue:" + QUIET);
      try (PushLatency push = PushLatency.open(vertx, cluster.httpPort(), MEASURED, register);
          SteadyLoad load =
              SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), RUNNING_TASKS, push)
                  .ofQueue(QUIET)) {
        load.start();
        FairnessBench bench = new FairnessBench(seconds, push);
        bench.figures.put("sessions", sessions);
        bench.figures.put("measured_sessions", MEASURED);
        bench.figures.put("updates_per_second", rate);
        bench.settle(WARM_UP_SECONDS);
        bench.run(greedy, flood, cluster.httpPort(), rate);
        bench.figures.put("sessions_lost", push.lost());
        bench.figures.put("frames_with_a_hole_before", push.holes());
        bench.figures.finish();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void run(FanoutClients greedy, EventPublisher flood, int httpPort, int rate)
      throws Exception {
    none("before_session");
    with("session", every(REGISTERS_PER_SECOND, () -> greedy.say(EVERYTHING)));
    none("before_user");
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    with("user", every(COMMANDS_PER_SECOND, () -> command(http, httpPort, accepted, refused)));
    figures.put("user_commands_accepted", accepted.get());
    figures.put("user_commands_refused", refused.get());
    none("before_room");
    SteadyLoad updates =
        SteadyLoad.inStep(
            flood,
            SteadyLoad.gapNanos(FLOOD * rate),
            FLOOD * RUNNING_TASKS,
            (uuid, step, due) -> {});
    updates.start();
    measure("room_at_first");
    measure("room");
    updates.end();
    none("after");
  }

  private static void command(
      HttpClient http, int port, AtomicInteger accepted, AtomicInteger refused) {
    CompletableFuture<Void> unused =
        http.sendAsync(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:"
                                + port
                                + "/api/v1/tasks/"
                                + UUID.randomUUID()
                                + "/revoke"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build(),
                HttpResponse.BodyHandlers.discarding())
            .thenAccept(
                answer -> (answer.statusCode() == 202 ? accepted : refused).incrementAndGet());
  }

  private void none(String name) {
    settle(2);
    undisturbedMillis = measure(name);
  }

  /**
   * Measured twice: at first the server runs code that it never ran before, and compiles it on the
   * processor that it serves with.
   */
  private void with(String name, Thread greed) throws InterruptedException {
    greed.start();
    measure(name + "_at_first");
    measure(name);
    greed.interrupt();
    greed.join();
  }

  /** The p99 of a phase in milliseconds, kept with its ratio to the one before. */
  private double measure(String name) {
    push.reset();
    settle(seconds);
    Histogram seen = push.micros().copy();
    figures.putLatency(name, seen);
    double p99Millis = seen.getValueAtPercentile(99) / 1000.0;
    if (undisturbedMillis > 0 && !name.startsWith("before") && !name.equals("after")) {
      figures.put(
          name + "_p99_less_undisturbed_p99_ms", Figures.round(p99Millis - undisturbedMillis));
    }
    return p99Millis;
  }

  private void settle(int forSeconds) {
    Pause.seconds(forSeconds);
  }

  private interface Greed {
    void act() throws Exception;
  }

  /** A thread that acts so often until it is interrupted. */
  private static Thread every(int perSecond, Greed greed) {
    Thread thread =
        new Thread(
            () -> {
              long due = System.nanoTime();
              while (!Thread.currentThread().isInterrupted()) {
                try {
                  greed.act();
                } catch (Exception e) {
                  System.err.println("greedy: " + e);
                  return;
                }
                due += TimeUnit.SECONDS.toNanos(1) / perSecond;
                LockSupport.parkNanos(due - System.nanoTime());
              }
            },
            "greedy");
    thread.setDaemon(true);
    return thread;
  }
}
