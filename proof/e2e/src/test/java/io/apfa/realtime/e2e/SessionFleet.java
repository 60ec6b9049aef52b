package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Many checking sessions in one JVM, on one event loop. Every method may be called from the test's
 * thread; what it asks is done on the event loop.
 */
final class SessionFleet implements AutoCloseable {
  private static final int WAVE = 100;
  private static final int MAX_FRAME_BYTES = 16 * 1024 * 1024;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final Supplier<SocketAddress> gateways;
  private final String token;
  private final SeenBatch.Reader reader;
  private final List<FleetSession> sessions = new ArrayList<>();
  private final List<Long> connectedNanos = new ArrayList<>();
  private WebSocketClient client;
  private long backNanos;
  private int refusedConnects;
  private volatile boolean closing;

  /**
   * Opens {@code count} sessions and waits until all are registered.
   *
   * @param ports asked for a gateway's port at each connect
   */
  SessionFleet(int count, Supplier<Integer> ports, SeenBatch.TaskNumbers numbers) {
    this(
        count,
        () -> SocketAddress.inetSocketAddress(ports.get(), "127.0.0.1"),
        "",
        new SeenBatch.Reader(numbers));
  }

  /**
   * The same, on any host.
   *
   * @param token what they show at the door; empty = nothing
   */
  SessionFleet(int count, Supplier<SocketAddress> gateways, String token, SeenBatch.Reader reader) {
    this.gateways = gateways;
    this.token = token;
    this.reader = reader;
    ask(
        () -> {
          client =
              vertx.createWebSocketClient(
                  new WebSocketClientOptions()
                      .setMaxConnections(2 * Math.max(1, count))
                      .setMaxFrameSize(MAX_FRAME_BYTES)
                      .setMaxMessageSize(MAX_FRAME_BYTES)
                      .setConnectTimeout(2000));
          return null;
        });
    for (int opened = 0; opened < count; opened += WAVE) {
      int until = Math.min(count, opened + WAVE);
      ask(
          () -> {
            while (sessions.size() < until) {
              FleetSession session = new FleetSession(this);
              sessions.add(session);
              session.connect();
            }
            return null;
          });
      await("sessions registered").atMost(Duration.ofMinutes(1)).until(this::allRegistered);
    }
  }

  int size() {
    return sessions.size();
  }

  boolean allRegistered() {
    return ask(() -> sessions.stream().allMatch(FleetSession::isRegistered));
  }

  /** How many sessions did not see every one of {@code tasks} end. */
  long behind(int[] tasks) {
    return ask(
        () ->
            sessions.stream()
                .filter(
                    session -> {
                      for (int task : tasks) {
                        if (!session.sawEnd(task)) {
                          return true;
                        }
                      }
                      return false;
                    })
                .count());
  }

  /** Starts to measure times anew. */
  void forgetFigures() {
    ask(
        () -> {
          sessions.forEach(FleetSession::forgetFigures);
          connectedNanos.clear();
          refusedConnects = 0;
          return null;
        });
  }

  /** The most connections made within any second since the figures were forgotten. */
  int mostConnectsInASecond() {
    return ask(
        () -> {
          int most = 0;
          int first = 0;
          for (int last = 0; last < connectedNanos.size(); last++) {
            while (connectedNanos.get(last) - connectedNanos.get(first) >= 1_000_000_000L) {
              first++;
            }
            most = Math.max(most, last - first + 1);
          }
          return most;
        });
  }

  /** Handshakes that were refused since the figures were forgotten. */
  int refusedConnects() {
    return ask(() -> refusedConnects);
  }

  /** When the latest session came back and was registered again, by {@link System#nanoTime}. */
  long backNanos() {
    return ask(() -> backNanos);
  }

  void onConnected(long nanos) {
    connectedNanos.add(nanos);
  }

  void onRefused() {
    refusedConnects++;
  }

  void onBack() {
    backNanos = System.nanoTime();
  }

  FleetFigures figures() {
    return ask(
        () -> {
          FleetFigures figures = new FleetFigures();
          sessions.forEach(session -> session.addTo(figures));
          return figures;
        });
  }

  Future<WebSocket> openSocket() {
    SocketAddress gateway = gateways.get();
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(gateway.host())
            .setPort(gateway.port())
            .setURI("/eventbus/websocket");
    if (!token.isEmpty()) {
      options.addHeader("Authorization", "Bearer " + token);
    }
    return client.connect(options);
  }

  SeenBatch read(Buffer frame) {
    return reader.read(frame.getBytes());
  }

  /** Runs {@code action} as a browser's reconnect does: after a little while, not all at once. */
  void later(Runnable action) {
    after(100 + ThreadLocalRandom.current().nextInt(200), action);
  }

  /** Runs {@code action} after {@code millis}, unless the fleet is closing. */
  void after(long millis, Runnable action) {
    if (!closing) {
      long timer = vertx.setTimer(Math.max(1, millis), id -> action.run());
      assert timer >= 0;
    }
  }

  boolean isClosing() {
    return closing;
  }

  private <T> T ask(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    context.runOnContext(
        v -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer.join();
  }

  @Override
  public void close() {
    closing = true;
    ask(
        () -> {
          sessions.forEach(FleetSession::close);
          return null;
        });
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
