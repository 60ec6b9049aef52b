package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in one room of which every tenth reads slowly, under a steady rate of updates, while the
 * server is held to one processor for a time: the flush interval the rate-limit verticle directs,
 * and the latency of the fast sessions, each second. The load and the Redis stay on the other
 * processor throughout. Arguments: sessions (300), updates per second (500), seconds of each of the
 * two phases (25), limits file (conf/limits-low-latency.yaml), fast sessions that are measured (5).
 */
final class SqueezeBench {
  private static final Pattern UPDATE =
      Pattern.compile("\"uuid\":\"([0-9a-f-]{36})\",\"name\":\"[^\"]*\",\"state\":\"([A-Z]+)\"");
  private static final Pattern INTERVAL =
      Pattern.compile("(?m)^apfa_limits_flush_interval_seconds(?:\\{[^}]*})? (\\S+)$");
  private static final Pattern CONNECTIONS =
      Pattern.compile("(?m)^apfa_ws_connections(?:\\{[^}]*})? (\\S+)$");
  private static final String REGISTER =
      "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\"}}";
  private static final String[] STATES = {"PENDING", "RECEIVED", "STARTED", "SUCCESS"};
  private static final int PING_SECONDS = 20;
  private static final int WARM_UP_SECONDS = 15;
  private static final int RETURN_SECONDS = 60;
  private static final int SLOW_BYTES_PER_SECOND = 40_960;
  private static final double ALLOWED_MILLIS = 100;

  private final Map<String, Long> publishedNanos = new ConcurrentHashMap<>();
  private final Histogram micros = new ConcurrentHistogram(60_000_000L, 3);
  private final AtomicInteger measuredClosed = new AtomicInteger();
  private final StringBuilder timeline = new StringBuilder();
  private final int rate;
  private final int measured;
  private volatile boolean publishing = true;
  private @Nullable FanoutClients fast;

  /** Vert.x closes the sockets of a client that nobody refers to any more. */
  @SuppressWarnings("UnusedVariable") // it only has to be there
  private @Nullable WebSocketClient kept;

  private int second;
  private double intervalMillis;
  private double highestMillis;
  private double worstOverMillis = Double.NEGATIVE_INFINITY;
  private int secondsOver;

  private SqueezeBench(int rate, int measured) {
    this.rate = rate;
    this.measured = measured;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 25;
    String limits = arguments.length > 3 ? arguments[3] : "conf/limits-low-latency.yaml";
    int measured = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 5;
    new SqueezeBench(rate, measured).run(sessions, seconds, limits);
  }

  private void run(int sessions, int seconds, String limits) throws Exception {
    int redisPort = ServerProcess.freePort();
    int httpPort = ServerProcess.freePort();
    int managementPort = ServerProcess.freePort();
    String metrics = "http://127.0.0.1:" + managementPort + "/metrics";
    int slow = sessions / 10;
    Figures figures = new Figures("squeeze-" + sessions + "-" + rate);
    ServerProcess.pin(ProcessHandle.current().pid(), "1");
    Vertx vertx = Vertx.vertx();
    try (ServerProcess redis = ServerProcess.redis(redisPort);
        ServerProcess apfa =
            ServerProcess.apfa(
                "redis://127.0.0.1:" + redisPort + "/0",
                httpPort,
                managementPort,
                Map.of("APFA_LIMITS_FILE", limits));
        FanoutClients counting = new FanoutClients();
        EventPublisher publisher = new EventPublisher(redisPort)) {
      ServerProcess.pin(redis.pid(), "1");
      ServerProcess.pin(apfa.pid(), "0,1");
      fast = counting;
      counting.open(httpPort, "/eventbus/websocket", sessions - slow - measured, REGISTER);
      measure(vertx, httpPort);
      try (SlowReaders slowReaders =
          new SlowReaders(httpPort, slow, SLOW_BYTES_PER_SECOND, REGISTER)) {
        Thread load = new Thread(() -> publish(publisher), "publisher");
        load.start();
        for (int i = 0; i < WARM_UP_SECONDS; i++) {
          observe(metrics, "warm-up", false);
        }
        figures.put("sessions", sessions);
        figures.put("slow_sessions", slow);
        figures.put("updates_per_second", rate);
        figures.put("limits", limits);
        phase(figures, "calm", apfa, metrics, seconds);
        ServerProcess.pin(apfa.pid(), "0");
        phase(figures, "squeezed", apfa, metrics, seconds);
        ServerProcess.pin(apfa.pid(), "0,1");
        double shortestMillis = 5;
        int returned = 0;
        int overBefore = secondsOver;
        while (returned < RETURN_SECONDS && intervalMillis > shortestMillis) {
          observe(metrics, "return", true);
          returned++;
        }
        figures.put("return_seconds", returned);
        figures.put("return_seconds_p99_over_interval_plus_100_ms", secondsOver - overBefore);
        figures.put("return_interval_ms", intervalMillis);
        int lost = slowReaders.lost() + measuredClosed.get();
        figures.put("sessions_lost", lost);
        figures.put("connections_at_the_end", number(CONNECTIONS, ServerProcess.get(metrics)));
        publishing = false;
        load.join();
        figures.put("highest_interval_ms", highestMillis);
        figures.put("worst_p99_less_interval_ms", Figures.round(worstOverMillis));
        figures.put("fast_messages", counting.messages());
        figures.put("timeline_phase_second_interval_p99_ms", timeline.toString().strip());
        figures.finish();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void phase(Figures figures, String name, ServerProcess apfa, String metrics, int seconds)
      throws Exception {
    double cpuBefore = apfa.cpuSeconds();
    long before = System.nanoTime();
    highestMillis = name.equals("calm") ? 0 : highestMillis;
    double most = 0;
    int overBefore = secondsOver;
    Histogram all = new Histogram(60_000_000L, 3);
    for (int i = 0; i < seconds; i++) {
      all.add(observe(metrics, name, true));
      most = Math.max(most, intervalMillis);
    }
    double elapsed = (System.nanoTime() - before) / 1e9;
    figures.put(name + "_interval_at_the_end_ms", intervalMillis);
    figures.put(name + "_interval_most_ms", most);
    figures.put(
        name + "_server_cpu_percent",
        Figures.round((apfa.cpuSeconds() - cpuBefore) / elapsed * 100));
    figures.put(name + "_seconds_p99_over_interval_plus_100_ms", secondsOver - overBefore);
    figures.putLatency(name + "_fast", all);
  }

  /** Lets a second pass, and notes what was seen in it. */
  private Histogram observe(String metrics, String phase, boolean counts) throws Exception {
    double before = intervalMillis;
    if (fast != null && second % PING_SECONDS == 0) {
      fast.say("{\"type\":\"ping\"}");
    }
    micros.reset();
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    Histogram seen = micros.copy();
    intervalMillis = 1000 * number(INTERVAL, ServerProcess.get(metrics));
    second++;
    double p99Millis = seen.getValueAtPercentile(99) / 1000.0;
    if (counts) {
      highestMillis = Math.max(highestMillis, intervalMillis);
      double over = p99Millis - Math.max(before, intervalMillis);
      worstOverMillis = Math.max(worstOverMillis, over);
      secondsOver += over > ALLOWED_MILLIS ? 1 : 0;
    }
    timeline.append(
        "%s:%d:%.0f:%.1f ".formatted(phase.substring(0, 1), second, intervalMillis, p99Millis));
    return seen;
  }

  private static double number(Pattern pattern, String metrics) {
    Matcher line = pattern.matcher(metrics);
    if (!line.find()) {
      throw new IllegalStateException("no " + pattern + " in the metrics");
    }
    return Double.parseDouble(line.group(1));
  }

  private void measure(Vertx vertx, int port) throws Exception {
    WebSocketClient client =
        vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(measured));
    kept = client;
    CountDownLatch registered = new CountDownLatch(measured);
    for (int i = 0; i < measured; i++) {
      client
          .connect(port, "127.0.0.1", "/eventbus/websocket")
          .onSuccess(
              socket -> {
                socket.closeHandler(
                    v -> {
                      measuredClosed.incrementAndGet();
                      System.err.println(
                          "closed: " + socket.closeStatusCode() + " " + socket.closeReason());
                    });
                socket.textMessageHandler(
                    text -> {
                      if (text.startsWith("{\"type\":\"registered\"")) {
                        registered.countDown();
                      } else {
                        note(text);
                      }
                    });
                socket.writeTextMessage(REGISTER);
              })
          .onFailure(failure -> System.err.println("connect: " + failure));
    }
    if (!registered.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(registered.getCount() + " sessions not registered in 30 s");
    }
  }

  private void note(String text) {
    long now = System.nanoTime();
    Matcher update = UPDATE.matcher(text);
    while (update.find()) {
      Long published = publishedNanos.get(update.group(1) + update.group(2));
      if (published != null) {
        micros.recordValue(Math.min(59_000_000L, (now - published) / 1000));
      }
    }
  }

  /** Publishes tasks of four events each, evenly, one event a message, until it is told to end. */
  private void publish(EventPublisher publisher) {
    long gap = TimeUnit.SECONDS.toNanos(1) / rate;
    String[] uuids = new String[40];
    long next = System.nanoTime();
    try {
      for (int i = 0; publishing; i++) {
        int slot = i % uuids.length;
        int step = i / uuids.length % STATES.length;
        if (step == 0) {
          uuids[slot] = UUID.randomUUID().toString();
        }
        publishedNanos.put(uuids[slot] + STATES[step], System.nanoTime());
        publisher.write(
            EventPublisher.command(
                List.of(
                    EventPublisher.event(
                        uuids[slot], step, System.currentTimeMillis() / 1000.0, i + 1))));
        publisher.flush();
        next += gap;
        while (System.nanoTime() < next) {
          LockSupport.parkNanos(next - System.nanoTime());
        }
      }
    } catch (java.io.IOException e) {
      System.err.println("publish: " + e);
    }
  }
}
