package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What one update costs the server, in microseconds of CPU: while 1 to 10,000 rooms have a listener
 * (one of them {@code celery:tasks}, the others rooms of single tasks), and with 1,000 to 1,000,000
 * tasks in the table. Arguments: seconds measured (20), updates a second (1,000), tasks in the
 * largest table (1,000,000), which cases (all; else their names with commas between: rooms_1,
 * tasks_1000000).
 */
final class RoomsBench {
  private static final int[] ROOMS = {1, 100, 10_000};
  private static final int[] TASKS = {1_000, 10_000, 100_000, 1_000_000};
  private static final int ROOMS_PER_SESSION = 100;
  private static final int WARMUP_SECONDS = 10;

  /**
   * Events before the warm-up, so that a small table's JVM has compiled as much as a large one's.
   */
  private static final int COMPILED_BY_EVENTS = 300_000;

  private static final int COMPILED_BY_TASKS = 100;
  private static final int COMPILED_AT_EVENTS_PER_SECOND = 20_000;
  private static final int FILL_AT_ONCE = 20_000;

  private final Figures figures = new Figures("rooms");
  private final HttpClient http = HttpClient.newHttpClient();
  private final int seconds;
  private final int rate;
  private int clock;

  private RoomsBench(int seconds, int rate) {
    this.seconds = seconds;
    this.rate = rate;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1000;
    int largest = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1_000_000;
    List<String> only = arguments.length > 3 ? List.of(arguments[3].split(",", -1)) : List.of();
    new RoomsBench(seconds, rate).run(largest, only);
  }

  private void run(int largest, List<String> only) throws Exception {
    figures.put("updates_per_second", rate);
    for (int rooms : ROOMS) {
      if (isWanted("rooms_" + rooms, only)) {
        measure("rooms_" + rooms, rooms, 10_000);
      }
    }
    for (int tasks : TASKS) {
      if (tasks <= largest && isWanted("tasks_" + tasks, only)) {
        measure("tasks_" + tasks, 1, tasks);
      }
    }
    figures.finish();
    System.exit(0);
  }

  private static boolean isWanted(String name, List<String> only) {
    return only.isEmpty() || only.contains(name);
  }

  private void measure(String name, int rooms, int tasks) throws Exception {
    Path limits = Files.createTempFile("apfa-limits", ".yaml");
    Files.writeString(limits, "gateway:\n  sessions-per-user: 10000\n");
    try (Cluster cluster =
            Cluster.start(
                1,
                Map.of(
                    "APFA_BROADCASTER_TABLE_MAX_TASKS", "2000000",
                    "APFA_STATE_MAX_BYTES", "4000000000",
                    "APFA_LIMITS_FILE", limits.toString()));
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      fill(publisher, cluster.httpPort(), tasks);
      List<WebSocket> sockets = listen(cluster.httpPort(), rooms);
      compile(publisher);
      publish(publisher, WARMUP_SECONDS);
      long offset = TaskPages.offset(cluster.httpPort());
      double cpu = cluster.cpuSeconds();
      double collectorCpu = collectorCpuSeconds(cluster.node());
      publish(publisher, seconds);
      double spent = cluster.cpuSeconds() - cpu;
      double collected = collectorCpuSeconds(cluster.node()) - collectorCpu;
      long updates = TaskPages.offset(cluster.httpPort()) - offset;
      figures.put(name + "_updates", updates);
      figures.put(name + "_cpu_micros_per_update", Figures.round(spent * 1e6 / updates));
      figures.put(name + "_of_them_collector", Figures.round(collected * 1e6 / updates));
      sockets.forEach(WebSocket::abort);
    } finally {
      Files.delete(limits);
    }
  }

  private static double collectorCpuSeconds(ServerProcess apfa) throws Exception {
    double seconds = 0;
    for (Map.Entry<String, Double> thread : apfa.cpuSecondsByThread().entrySet()) {
      if (thread.getKey().startsWith("G1 ") || thread.getKey().startsWith("GC ")) {
        seconds += thread.getValue();
      }
    }
    return seconds;
  }

  /** Fills the table, in lists of 100 events, no faster than the server takes them. */
  private void fill(EventPublisher publisher, int httpPort, int tasks) throws Exception {
    for (int filled = 0; filled < tasks; ) {
      for (int chunk = 0; chunk < FILL_AT_ONCE && filled < tasks; chunk += 100) {
        List<String> list = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          list.add(EventPublisher.event(UUID.randomUUID().toString(), 1, now(), ++clock));
        }
        publisher.write(EventPublisher.command(list));
        filled += 100;
      }
      publisher.flush();
      int expected = filled;
      ServerProcess.waitFor(
          expected + " tasks in the table", () -> TaskPages.total(httpPort) >= expected);
    }
  }

  /** Changes the same few tasks over and over. */
  private void compile(EventPublisher publisher) throws Exception {
    List<String> uuids = new ArrayList<>();
    for (int i = 0; i < COMPILED_BY_TASKS; i++) {
      uuids.add(UUID.randomUUID().toString());
    }
    long begun = System.nanoTime();
    for (int i = 1; i <= COMPILED_BY_EVENTS; i++) {
      String event =
          EventPublisher.event(uuids.get(i % uuids.size()), 1, now() + i * 1e-3, ++clock);
      publisher.write(EventPublisher.command(List.of(event)));
      if (i % uuids.size() == 0) {
        publisher.flush();
        long due = begun + i * 1_000_000_000L / COMPILED_AT_EVENTS_PER_SECOND;
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  /** One session in {@code celery:tasks}, others in rooms of tasks that nothing happens to. */
  private List<WebSocket> listen(int httpPort, int rooms) throws Exception {
    List<WebSocket> sockets = new ArrayList<>();
    AtomicInteger registered = new AtomicInteger();
    WebSocket socket = open(httpPort, registered);
    sockets.add(socket);
    join(socket, "celery:tasks");
    for (int i = 1; i < rooms; i++) {
      if (i % ROOMS_PER_SESSION == 1) {
        socket = open(httpPort, registered);
        sockets.add(socket);
      }
      join(socket, "celery:task:" + UUID.randomUUID());
    }
    ServerProcess.waitFor(rooms + " rooms", () -> registered.get() == rooms);
    return sockets;
  }

  private static void join(WebSocket socket, String room) throws Exception {
    socket
        .sendText(
            "{\"type\":\"register\",\"address\":\""
                + room
                + "\",\"headers\":{\"encoding\":\"msgpack-columns\"}}",
            true)
        .get(20, TimeUnit.SECONDS);
  }

  private WebSocket open(int httpPort, AtomicInteger registered) throws Exception {
    return http.newWebSocketBuilder()
        .buildAsync(
            URI.create("ws://127.0.0.1:" + httpPort + "/eventbus/websocket"),
            new WebSocket.Listener() {
              @Override
              public @Nullable CompletionStage<?> onText(
                  WebSocket from, CharSequence text, boolean last) {
                if (text.toString().contains("\"registered\"")) {
                  registered.incrementAndGet();
                }
                from.request(1);
                return null;
              }
            })
        .get(20, TimeUnit.SECONDS);
  }

  /** Tasks of four events, each half a second after the one before, so that each is an update. */
  private void publish(EventPublisher publisher, int forSeconds) throws Exception {
    SteadyLoad.inStep(publisher, SteadyLoad.gapNanos(rate), rate / 2, (uuid, step, due) -> {})
        .publish(forSeconds * rate);
    Pause.seconds(1);
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }
}
