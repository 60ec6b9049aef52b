package io.apfa.realtime.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.gateway.PublicServer;
import io.apfa.realtime.testkit.ManualTicker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Very many real connections at once, and time that goes on only when it is told to. */
class ArrivalsTest {
  private static final long TICK_MILLIS = 20;
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final EchoParts parts = new EchoParts("127.0.0.1", 0, EchoParts.LIMITS);
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final ManualTicker ticker = new ManualTicker();
  private final List<Socket> sockets = new ArrayList<>();
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger read = new AtomicInteger();
  private Arrivals arrivals;
  private HttpServer server;

  @BeforeEach
  void start() {
    onContext(
        () -> {
          arrivals = new Arrivals(ticker);
          server =
              vertx
                  .createHttpServer(PublicServer.options(parts.options, EchoParts.LIMITS))
                  .connectionHandler(
                      connection -> {
                        arrivals.onConnection(connection);
                        arrived.incrementAndGet();
                      })
                  .requestHandler(
                      request -> {
                        arrivals.onRequest(request);
                        read.incrementAndGet();
                        request.response().end();
                      });
          return server.listen();
        });
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private <T> void onContext(Supplier<Future<T>> action) {
    Future.<T>future(done -> context.runOnContext(v -> action.get().onComplete(done::handle)))
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  private void connect(int count) {
    try {
      for (int i = 0; i < count; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        sockets.add(socket);
        socket.getOutputStream().write(REQUEST);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().until(() -> arrived.get() == sockets.size());
  }

  private void tick() {
    ticker.advanceMillis(TICK_MILLIS);
    onContext(
        () -> {
          arrivals.onTick();
          return Future.succeededFuture();
        });
  }

  /** Lets one who is in ask once more: what the event loop had before that is done. */
  private void askAgain(Socket socket) throws IOException {
    int before = read.get();
    socket.getOutputStream().write(REQUEST);
    await().until(() -> read.get() > before);
  }

  @Test
  void shouldReadNobodyWhoWaitsForATurnWhileThoseWhoAreInAreServed() throws IOException {
    int perTurn = Entrance.PER_TURN;
    connect(2 * perTurn + 50);
    await().until(() -> read.get() >= perTurn);
    askAgain(sockets.get(0));
    assertThat(read).hasValue(perTurn + 1);
    tick();
    await().until(() -> read.get() >= 2 * perTurn + 1);
    askAgain(sockets.get(perTurn));
    assertThat(read).hasValue(2 * perTurn + 2);
    tick();
    await().until(() -> read.get() == 2 * perTurn + 52);
  }

  @Test
  void shouldCutWhoHadNoTurnForTooLong() {
    connect(Entrance.PER_TURN + 1);
    await().until(() -> read.get() == Entrance.PER_TURN);
    ticker.advance(Duration.ofNanos(Arrivals.PATIENCE_NANOS));
    onContext(
        () -> {
          arrivals.sweep();
          return Future.succeededFuture();
        });
    Socket last = sockets.get(Entrance.PER_TURN);
    await().until(() -> isCut(last));
  }

  private static boolean isCut(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
