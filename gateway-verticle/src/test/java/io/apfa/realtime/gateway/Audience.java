package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Task;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.awaitility.Awaitility;

/**
 * A gateway of its own with many quick sessions, which note when each round reached them. Confined
 * to the test's thread.
 */
final class Audience implements AutoCloseable {
  static final int TASKS = 40;
  static final int TASKS_PER_ROUND = 20;
  private static final int MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
  private static final String ARGS = "x".repeat(4000);

  final TestGateway gateway = TestGateway.start();
  private final int sessions;
  private final AtomicLongArray arrivals;
  private final long[] nanos;
  private volatile CountDownLatch heard = new CountDownLatch(0);
  private int published;
  private int rounds;
  private long sentNanos;

  Audience(int sessions, int maxRounds, Limits limits) throws InterruptedException {
    this.sessions = sessions;
    this.arrivals = new AtomicLongArray(sessions);
    this.nanos = new long[sessions * maxRounds];
    gateway.limits(limits, 1);
    Awaitility.await()
        .until(
            () ->
                gateway.node.limits().get().getInt(LimitKey.SESSION_OUTBOX_BYTES)
                    == limits.getInt(LimitKey.SESSION_OUTBOX_BYTES));
    connect();
  }

  private void connect() throws InterruptedException {
    CountDownLatch registered = new CountDownLatch(sessions);
    WebSocketClient client =
        gateway.vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxFrameSize(MAX_MESSAGE_BYTES)
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setMaxConnections(sessions));
    String register =
        new JsonObject()
            .put("type", "register")
            .put("address", "celery:tasks")
            .put("headers", new JsonObject().put("encoding", "msgpack-columns"))
            .encode();
    for (int i = 0; i < sessions; i++) {
      int index = i;
      client
          .connect(gateway.port(), "127.0.0.1", "/eventbus/websocket")
          .onSuccess(
              socket -> {
                socket.textMessageHandler(text -> registered.countDown());
                socket.binaryMessageHandler(
                    frame -> {
                      arrivals.set(index, System.nanoTime());
                      heard.countDown();
                    });
                socket.writeTextMessage(register);
              });
    }
    assertThat(registered.await(60, TimeUnit.SECONDS)).isTrue();
  }

  /** Publishes a round; {@link #finish} waits for it. */
  void begin(String state) {
    heard = new CountDownLatch(sessions);
    sentNanos = System.nanoTime();
    publish(state);
  }

  /** Waits until everyone has the round that was begun, and notes how long each waited. */
  void finish() throws InterruptedException {
    assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < sessions; i++) {
      nanos[rounds * sessions + i] = arrivals.get(i) - sentNanos;
    }
    rounds++;
  }

  void publish(String state) {
    Task[] tasks = new Task[TASKS_PER_ROUND];
    for (int i = 0; i < tasks.length; i++) {
      tasks[i] = Task.builder("u" + published++ % TASKS).state(state).args(ARGS).build();
    }
    gateway.owner.publish(tasks);
  }

  /** A percentile of all rounds since the last call, in milliseconds. */
  double takeMillis(int percentile) {
    long[] sorted = Arrays.copyOf(nanos, rounds * sessions);
    rounds = 0;
    Arrays.sort(sorted);
    return sorted[sorted.length * percentile / 100] / 1e6;
  }

  @Override
  public void close() {
    gateway.close();
  }
}
