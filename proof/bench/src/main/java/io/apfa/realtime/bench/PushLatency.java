package io.apfa.realtime.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * From when an event is due until each of its sessions in {@code celery:tasks} has the frame with
 * the state it tells. Thread-safe.
 */
final class PushLatency implements SteadyLoad.Listener, AutoCloseable {
  /** What a session sends first. */
  static final String REGISTER =
      "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\"}}";

  /** Microseconds that its histograms take. */
  static final long MOST_MICROS = 60_000_000L;

  private static final Pattern UPDATE =
      Pattern.compile("\"uuid\":\"([0-9a-f-]{36})\",\"name\":\"[^\"]*\",\"state\":\"([A-Z]+)\"");
  private static final Pattern RANGE = Pattern.compile("\"from\":([0-9]+),\"offset\":([0-9]+),");
  private static final String[] STATES = {"PENDING", "RECEIVED", "STARTED", "SUCCESS"};

  private final Map<String, Long> publishedNanos = new ConcurrentHashMap<>();
  private final Histogram micros = new ConcurrentHistogram(MOST_MICROS, 3);
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicLong holes = new AtomicLong();
  private final Map<Integer, Long> endBySession = new ConcurrentHashMap<>();
  private volatile boolean isOver;

  /** Kept: Vert.x closes the sockets of a client that nobody refers to any more. */
  private final WebSocketClient client;

  private PushLatency(WebSocketClient client) {
    this.client = client;
  }

  /** Opens {@code sessions}; each is in its room when this returns. */
  static PushLatency open(Vertx vertx, int port, int sessions) throws Exception {
    return open(vertx, port, sessions, REGISTER);
  }

  /** The same, whose first message is {@code register}: JSON, and another room perhaps. */
  static PushLatency open(Vertx vertx, int port, int sessions, String register) throws Exception {
    PushLatency latency =
        new PushLatency(
            vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxConnections(sessions + 1)));
    CountDownLatch registered = new CountDownLatch(sessions);
    for (int i = 0; i < sessions; i++) {
      latency.connect(port, i, register, registered);
    }
    if (!registered.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(registered.getCount() + " sessions not registered in 30 s");
    }
    return latency;
  }

  private void connect(int port, int session, String register, CountDownLatch registered) {
    client
        .connect(port, "127.0.0.1", "/eventbus/websocket")
        .onSuccess(
            socket -> {
              socket.closeHandler(
                  v -> onClosed(socket.closeStatusCode() + " " + socket.closeReason()));
              socket.textMessageHandler(
                  text -> {
                    if (text.startsWith("{\"type\":\"registered\"")) {
                      registered.countDown();
                    } else {
                      onFrame(session, text);
                    }
                  });
              socket.writeTextMessage(register);
            })
        .onFailure(failure -> System.err.println("connect: " + failure));
  }

  private void onClosed(String reason) {
    if (!isOver) {
      lost.incrementAndGet();
      System.err.println("closed: " + reason);
    }
  }

  private void onFrame(int session, String text) {
    long now = System.nanoTime();
    Matcher range = RANGE.matcher(text);
    if (range.find()) {
      long from = Long.parseLong(range.group(1));
      Long before = endBySession.put(session, Long.valueOf(range.group(2)));
      if (before != null && from > before + 1) {
        holes.incrementAndGet();
      }
    }
    frames.incrementAndGet();
    bytes.addAndGet(Buffer.buffer(text).length());
    note(text, now, micros, key -> true);
  }

  /**
   * Notes how old the states in {@code text} are.
   *
   * @param into gets their microseconds
   * @param counts whether a state, by its task and name, is to be noted
   */
  void note(String text, long nowNanos, Histogram into, Predicate<String> counts) {
    Matcher update = UPDATE.matcher(text);
    while (update.find()) {
      String key = update.group(1) + update.group(2);
      Long published = publishedNanos.get(key);
      if (published != null && counts.test(key)) {
        into.recordValue(Math.min(59_000_000L, (nowNanos - published) / 1000));
      }
    }
  }

  @Override
  public void onPublish(String uuid, int step, long dueNanos) {
    publishedNanos.put(uuid + STATES[step], dueNanos);
  }

  /** Begins to count anew. */
  void reset() {
    micros.reset();
    frames.set(0);
    bytes.set(0);
  }

  /** Microseconds so far, of all sessions. */
  Histogram micros() {
    return micros;
  }

  /** Frames so far, over all sessions. */
  long frames() {
    return frames.get();
  }

  /** Bytes of those frames. */
  long bytes() {
    return bytes.get();
  }

  /** Frames that do not follow the one before them: something was dropped. */
  long holes() {
    return holes.get();
  }

  /** The offset that every session has reached; 0 before each had a frame. */
  long reached(int sessions) {
    return endBySession.size() < sessions
        ? 0
        : endBySession.values().stream().mapToLong(Long::longValue).min().orElse(0);
  }

  /** Sessions that were closed. */
  int lost() {
    return lost.get();
  }

  /** What is closed from now on is not lost; the sockets end with their Vert.x. */
  @Override
  public void close() {
    isOver = true;
  }
}
