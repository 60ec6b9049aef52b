package io.apfa.realtime.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes the limits of a running system through their file, on a thread of its own, and measures
 * on a session that was open before how long each change takes to be in force there: how many rooms
 * it may join. A change to nonsense has a legal limit in it too, which must not come into force.
 *
 * <p>Thread-safe: {@link #changes} may be asked for by any thread.
 */
final class LimitChanges implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("\"version\":([0-9]+)");
  private static final String PROBE =
      "{\"type\":\"register\",\"address\":\"celery:queues\",\"headers\":{\"ack\":\"yes\"}}";
  private static final String UNPROBE = "{\"type\":\"unregister\",\"address\":\"celery:queues\"}";
  private static final String WITNESS =
      "{\"type\":\"register\",\"address\":\"celery:workers\",\"headers\":{\"ack\":\"yes\"}}";
  private static final int NONSENSE_EVERY = 5;
  private static final int NONSENSE_FIRST = 3;
  private static final long POLL_NANOS = 20_000_000;
  private static final long GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Path file;
  private final String base;
  private final String url;
  private final IntSupplier second;
  private final WebSocketClient client;
  private final List<Map<String, Object>> changes = new ArrayList<>();
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean witnessLost;
  private volatile boolean mayJoin = true;
  private final AtomicLong answers = new AtomicLong();
  private final WebSocket witness;

  /**
   * Opens the witness; {@link #start} begins with the changes.
   *
   * @param file the limits file of the system, which this overwrites
   * @param count how many changes; the third of each five is nonsense
   * @param everyNanos from one change to the next
   * @param second where the run is, for the record
   */
  LimitChanges(Vertx vertx, int httpPort, Path file, int count, long everyNanos, IntSupplier second)
      throws Exception {
    this.second = second;
    this.file = file;
    this.base = Files.readString(file);
    this.url = "http://127.0.0.1:" + httpPort + "/api/v1/limits";
    this.client = vertx.createWebSocketClient();
    this.thread = new Thread(() -> run(count, everyNanos), "limit-changes");
    thread.setDaemon(true);
    witness =
        client
            .connect(httpPort, "127.0.0.1", "/eventbus/websocket")
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    witness.closeHandler(v -> witnessLost = !closed);
    witness.textMessageHandler(this::onAnswer);
    witness.writeTextMessage(WITNESS);
  }

  void start() {
    thread.start();
  }

  private void onAnswer(String text) {
    if (text.contains("celery:queues")) {
      boolean joined = text.startsWith("{\"type\":\"registered\"");
      if (joined || text.startsWith("{\"type\":\"err\"")) {
        mayJoin = joined;
        answers.incrementAndGet();
      }
    }
  }

  private void run(int count, long everyNanos) {
    long due = System.nanoTime();
    boolean few = false;
    for (int i = 0; i < count && !closed; i++) {
      boolean nonsense = i % NONSENSE_EVERY == NONSENSE_FIRST;
      try {
        few = nonsense ? few : !few;
        note(nonsense ? refuse(i, few) : apply(i, few));
      } catch (Exception e) {
        System.err.println("change " + (i + 1) + ": " + e);
        note(change(i, second.getAsInt(), "failed", -1, false));
      }
      due += everyNanos;
      while (!closed && System.nanoTime() < due) {
        LockSupport.parkNanos(Math.min(POLL_NANOS, due - System.nanoTime()));
      }
    }
  }

  private synchronized void note(Map<String, Object> change) {
    changes.add(change);
  }

  private Map<String, Object> apply(int index, boolean few) throws Exception {
    long version = version();
    int at = second.getAsInt();
    long began = System.nanoTime();
    write("session.max-rooms: %d\nsession.burst: %d\n".formatted(few ? 1 : 100, 400 + index));
    boolean done = await(began, () -> mayJoinNow() != few);
    long millis = (System.nanoTime() - began) / 1_000_000;
    boolean counted = await(began, () -> version() == version + 1);
    return change(index, at, "applied", millis, done && counted);
  }

  /** What is in force before must be in force after it was refused. */
  private Map<String, Object> refuse(int index, boolean few) throws Exception {
    long version = version();
    int at = second.getAsInt();
    long began = System.nanoTime();
    String broken = index < NONSENSE_EVERY ? "session.burst: many\n" : "session: [1, 2\n";
    write("session.max-rooms: %d\n%s".formatted(few ? 100 : 1, broken));
    boolean told = await(began, () -> !ServerProcess.get(url).contains("\"error\":null"));
    long millis = (System.nanoTime() - began) / 1_000_000;
    boolean kept = version() == version && mayJoinNow() != few;
    return change(index, at, "refused", millis, told && kept);
  }

  private static Map<String, Object> change(
      int index, int second, String kind, long millis, boolean right) {
    Map<String, Object> change = new LinkedHashMap<>();
    change.put("change", index + 1);
    change.put("second", second);
    change.put("kind", kind);
    change.put("millis", millis);
    change.put("ok", right ? 1 : 0);
    return change;
  }

  private void write(String more) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, base + "\n" + more);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private long version() throws Exception {
    Matcher version = VERSION.matcher(ServerProcess.get(url));
    if (!version.find()) {
      throw new IOException(url + ": no version");
    }
    return Long.parseLong(version.group(1));
  }

  /** Whether the witness may join a second room, by asking for it. */
  private boolean mayJoinNow() throws Exception {
    if (witnessLost) {
      throw new IOException("the witness was closed");
    }
    long before = answers.get();
    witness.writeTextMessage(PROBE);
    long began = System.nanoTime();
    await(began, () -> answers.get() > before);
    boolean may = mayJoin;
    witness.writeTextMessage(UNPROBE);
    return may;
  }

  private boolean await(long beganNanos, ServerProcess.Condition condition) throws Exception {
    while (!condition.holds()) {
      if (closed || System.nanoTime() - beganNanos > GIVEN_UP_NANOS) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  /** Every change so far: its number, what became of it, after how many ms, whether rightly. */
  synchronized List<Map<String, Object>> changes() {
    return List.copyOf(changes);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
    Files.writeString(file, base);
  }
}
