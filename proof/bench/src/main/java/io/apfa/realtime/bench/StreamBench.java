package io.apfa.realtime.bench;

import io.apfa.realtime.protocol.client.ColumnsReader;
import io.apfa.realtime.testkit.EventPublisher;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketClient;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of a steady stream, as one session gets it: 2,500 tasks of four events each over 60 s under
 * the default limits, in each encoding at once. Every frame of {@code msgpack-columns} is read
 * back. Arguments: events (10,000), seconds (60).
 */
final class StreamBench {
  private static final int CONCURRENT_TASKS = 40;

  private final AtomicLong updates = new AtomicLong();

  private StreamBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
    new StreamBench().run(events, seconds);
  }

  private void run(int events, int seconds) throws Exception {
    Vertx vertx = Vertx.vertx();
    WebSocketClient client = vertx.createWebSocketClient();
    try (Cluster cluster = Cluster.start(1, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort());
        SteadyLoad load =
            SteadyLoad.inStep(
                publisher,
                TimeUnit.SECONDS.toNanos(seconds) / events,
                CONCURRENT_TASKS,
                (uuid, step, due) -> {})) {
      AtomicLong json = connect(client, cluster.httpPort(), "json");
      AtomicLong msgpack = connect(client, cluster.httpPort(), "msgpack");
      AtomicLong columns = connect(client, cluster.httpPort(), "msgpack-columns");
      load.publish(events);
      Pause.seconds(2);
      Figures figures = new Figures("stream");
      figures.put("events", events);
      figures.put("updates", updates.get());
      put(figures, "json", json.get());
      put(figures, "msgpack", msgpack.get());
      put(figures, "msgpack_columns", columns.get());
      figures.put("specification_bytes_per_update", 200);
      figures.finish();
    } finally {
      // Vert.x closes the sockets of a client that nobody refers to any more
      Reference.reachabilityFence(client);
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void put(Figures figures, String encoding, long bytes) {
    figures.put(encoding + "_bytes", bytes);
    figures.put(encoding + "_bytes_per_update", Figures.round(bytes / (double) updates.get()));
  }

  /** A session in {@code celery:tasks}; what it counts are the bytes of its frames. */
  private AtomicLong connect(WebSocketClient client, int port, String encoding) throws Exception {
    AtomicLong bytes = new AtomicLong();
    CountDownLatch registered = new CountDownLatch(1);
    ColumnsReader reader = new ColumnsReader();
    client
        .connect(port, "127.0.0.1", "/eventbus/websocket")
        .onSuccess(
            socket -> {
              socket.textMessageHandler(
                  text -> {
                    if (text.startsWith("{\"type\":\"registered\"")) {
                      registered.countDown();
                    } else {
                      bytes.addAndGet(Buffer.buffer(text).length());
                    }
                  });
              socket.binaryMessageHandler(
                  frame -> {
                    bytes.addAndGet(frame.length());
                    if (encoding.equals("msgpack-columns")) {
                      updates.addAndGet(reader.read(frame.getBytes()).tasks().size());
                    }
                  });
              socket.writeTextMessage(
                  "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\""
                      + encoding
                      + "\"}}");
            })
        .onFailure(failure -> System.err.println("connect: " + failure));
    if (!registered.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException(encoding + ": not registered in 30 s");
    }
    return bytes;
  }
}
