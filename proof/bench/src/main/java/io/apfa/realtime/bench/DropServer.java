package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A server of the drop test, and how it is given a message for everyone: ours a Celery event by its
 * Redis, others the same JSON by a POST. Confined to the bench's thread.
 */
abstract class DropServer implements AutoCloseable {
  private static final Path PEERS = Path.of("proof", "bench", "peers");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final ServerProcess process;
  private final int port;

  private DropServer(ServerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Where its clients connect. */
  int port() {
    return port;
  }

  /** CPU seconds of its process so far. */
  double cpuSeconds() throws IOException {
    return process.cpuSeconds();
  }

  /** Sends {@code event}, a Celery event as JSON, to everyone. */
  abstract void publish(String event) throws Exception;

  @Override
  public void close() throws IOException {
    process.close();
  }

  /** Ours under the default limits, with a Redis of its own. */
  static DropServer apfa() throws Exception {
    Cluster cluster = Cluster.start(1, Map.of());
    EventPublisher publisher = new EventPublisher(cluster.redisPort());
    return new DropServer(cluster.node(), cluster.httpPort()) {
      @Override
      void publish(String event) throws IOException {
        publisher.write(EventPublisher.command(List.of(event)));
        publisher.flush();
      }

      @Override
      public void close() throws IOException {
        publisher.close();
        cluster.close();
      }
    };
  }

  /**
   * A script of {@code peers} that takes {@code POST /pub}; after the port come {@code options}.
   */
  static DropServer node(String script, String... options) throws Exception {
    int port = ServerProcess.freePort();
    List<String> command = new ArrayList<>();
    command.addAll(List.of("node", PEERS.resolve(script).toString(), "" + port));
    command.addAll(List.of(options));
    ServerProcess process = ServerProcess.start(script.replace('/', '-'), command, Map.of());
    ServerProcess.waitFor(
        script,
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          }
        });
    URI uri = URI.create("http://127.0.0.1:" + port + "/pub");
    return new DropServer(process, port) {
      @Override
      void publish(String event) throws Exception {
        HttpRequest request =
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(event)).build();
        int status = HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status != 200) {
          throw new IOException(uri + ": " + status);
        }
      }
    };
  }
}
