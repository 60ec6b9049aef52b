package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * PUBLISH of an event into Redis until each of N sessions has its frame, beside the same run seen
 * by a page that polls the task list every 5 s. Arguments: sessions (100), events per second (170),
 * seconds (60), limits file (default limits).
 */
final class LatencyBench {
  private static final Pattern UPDATE =
      Pattern.compile("\"uuid\":\"([0-9a-f-]{36})\",\"name\":\"[^\"]*\",\"state\":\"([A-Z]+)\"");
  private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final String[] STATES = {"PENDING", "RECEIVED", "STARTED", "SUCCESS"};

  private final Map<String, Long> publishedNanos = new ConcurrentHashMap<>();
  private final Histogram pushMicros = new ConcurrentHistogram(60_000_000L, 3);
  private final Histogram pollMicros = new ConcurrentHistogram(60_000_000L, 3);
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong pollBytes = new AtomicLong();

  private LatencyBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 170;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 60;
    String limits = arguments.length > 3 ? arguments[3] : "conf/limits.yaml";
    new LatencyBench().run(sessions, rate, seconds, limits);
  }

  @SuppressWarnings("try") // the Redis only has to be there
  private void run(int sessions, int rate, int seconds, String limits) throws Exception {
    int redisPort = ServerProcess.freePort();
    int httpPort = ServerProcess.freePort();
    Vertx vertx = Vertx.vertx();
    WebSocketClient client =
        vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(sessions + 1));
    try (ServerProcess redis = ServerProcess.redis(redisPort);
        ServerProcess apfa =
            ServerProcess.apfa(
                "redis://127.0.0.1:" + redisPort + "/0",
                httpPort,
                ServerProcess.freePort(),
                Map.of("APFA_LIMITS_FILE", limits));
        EventPublisher publisher = new EventPublisher(redisPort)) {
      connect(client, httpPort, sessions);
      Thread poller = startPoller(httpPort);
      publish(publisher, rate, 5);
      pushMicros.reset();
      pollMicros.reset();
      frames.set(0);
      bytes.set(0);
      pollBytes.set(0);
      double cpuBefore = apfa.cpuSeconds();
      long before = System.nanoTime();
      int events = publish(publisher, rate, seconds);
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(6));
      double elapsed = (System.nanoTime() - before) / 1e9;
      poller.interrupt();
      Figures figures =
          new Figures("latency-" + sessions + "-" + rate + (limits.contains("low") ? "-low" : ""));
      figures.put("sessions", sessions);
      figures.put("events_per_second", rate);
      figures.put("events", events);
      figures.put("limits", limits);
      figures.putLatency("push", pushMicros);
      figures.putLatency("poll_5s", pollMicros);
      figures.put("frames_per_session", Figures.round(frames.get() / (double) sessions));
      figures.put("bytes_per_session", bytes.get() / sessions);
      figures.put("poll_bytes_per_page", pollBytes.get());
      figures.put(
          "server_cpu_percent", Figures.round((apfa.cpuSeconds() - cpuBefore) / elapsed * 100));
      figures.put("server_rss_mb", apfa.rssBytes() / 1_048_576);
      figures.finish();
    } finally {
      // Vert.x closes the sockets of a client that nobody refers to any more
      Reference.reachabilityFence(client);
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void connect(WebSocketClient client, int port, int sessions) throws Exception {
    CountDownLatch registered = new CountDownLatch(sessions);
    for (int i = 0; i < sessions; i++) {
      client
          .connect(port, "127.0.0.1", "/eventbus/websocket")
          .onSuccess(
              socket -> {
                socket.textMessageHandler(
                    text -> {
                      if (text.startsWith("{\"type\":\"registered\"")) {
                        registered.countDown();
                      } else {
                        onFrame(text);
                      }
                    });
                socket.writeTextMessage(
                    "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\"}}");
              })
          .onFailure(failure -> System.err.println("connect: " + failure));
    }
    if (!registered.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(registered.getCount() + " sessions not registered in 30 s");
    }
  }

  private void onFrame(String text) {
    long now = System.nanoTime();
    frames.incrementAndGet();
    bytes.addAndGet(Buffer.buffer(text).length());
    note(text, now, pushMicros);
  }

  private void note(String text, long now, Histogram micros) {
    Matcher update = UPDATE.matcher(text);
    while (update.find()) {
      Long published = publishedNanos.get(update.group(1) + update.group(2));
      if (published != null) {
        micros.recordValue(Math.min(59_000_000L, (now - published) / 1000));
      }
    }
  }

  private Thread startPoller(int port) {
    Thread poller =
        new Thread(
            () -> {
              java.util.Set<String> seen = new java.util.HashSet<>();
              long next = System.nanoTime();
              while (!Thread.currentThread().isInterrupted()) {
                next += POLL_NANOS;
                LockSupport.parkNanos(next - System.nanoTime());
                poll(port, seen);
              }
            },
            "poller");
    poller.setDaemon(true);
    poller.start();
    return poller;
  }

  /**
   * One poll: a state seen for the first time counts from its PUBLISH, as a polling page has it.
   */
  private void poll(int port, java.util.Set<String> seen) {
    try {
      String body = ServerProcess.get("http://127.0.0.1:" + port + "/api/v1/tasks?limit=1000");
      long now = System.nanoTime();
      pollBytes.addAndGet(body.length());
      Matcher update = UPDATE.matcher(body);
      while (update.find()) {
        String key = update.group(1) + update.group(2);
        Long published = publishedNanos.get(key);
        if (published != null && seen.add(key)) {
          pollMicros.recordValue(Math.min(59_000_000L, (now - published) / 1000));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.io.IOException e) {
      System.err.println("poll: " + e);
    }
  }

  /** Publishes tasks of four events each, evenly, one event a message. */
  private int publish(EventPublisher publisher, int rate, int seconds) throws Exception {
    long gap = TimeUnit.SECONDS.toNanos(1) / rate;
    int events = rate * seconds;
    String[] uuids = new String[40];
    long next = System.nanoTime();
    int clock = 1;
    for (int i = 0; i < events; i++) {
      int slot = i % uuids.length;
      int step = i / uuids.length % STATES.length;
      if (step == 0) {
        uuids[slot] = UUID.randomUUID().toString();
      }
      byte[] command =
          EventPublisher.command(
              List.of(
                  EventPublisher.event(
                      uuids[slot], step, System.currentTimeMillis() / 1000.0, clock++)));
      publishedNanos.put(uuids[slot] + STATES[step], System.nanoTime());
      publisher.write(command);
      publisher.flush();
      next += gap;
      while (System.nanoTime() < next) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
    return events;
  }
}
