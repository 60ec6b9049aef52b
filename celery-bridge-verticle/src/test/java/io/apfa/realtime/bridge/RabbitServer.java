package io.apfa.realtime.bridge;

import io.apfa.realtime.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real RabbitMQ on free loopback ports, with its own Erlang port mapper, which is ended with it.
 * Confined to the test's thread.
 */
public final class RabbitServer implements AutoCloseable {
  private static final List<String> SCRIPTS =
      List.of("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server");

  private final int port = FreePort.find();
  private final int epmdPort = FreePort.find();
  private final int distPort = FreePort.find();
  private final Path folder;
  private Process process;

  private RabbitServer() {
    try {
      folder = Files.createTempDirectory("apfa-rabbit");
      Files.writeString(folder.resolve("plugins"), "[].\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static RabbitServer start() {
    RabbitServer server = new RabbitServer();
    server.restart();
    return server;
  }

  public String url() {
    return "amqp://guest:guest@127.0.0.1:" + port + "//";
  }

  /** Ends it like kill -9, when it runs, and starts it on the same files. */
  public void restart() {
    kill();
    String script =
        SCRIPTS.stream().filter(path -> Files.exists(Path.of(path))).findFirst().orElseThrow();
    ProcessBuilder builder =
        new ProcessBuilder(script)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out.log").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "HOME", folder.toString(),
                "RABBITMQ_NODENAME", "apfa" + port + "@localhost",
                "RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1",
                "RABBITMQ_NODE_PORT", Integer.toString(port),
                "RABBITMQ_DIST_PORT", Integer.toString(distPort),
                "RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString(),
                "RABBITMQ_LOG_BASE", folder.resolve("log").toString(),
                "RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString(),
                "RABBITMQ_PID_FILE", folder.resolve("pid").toString(),
                "ERL_EPMD_PORT", Integer.toString(epmdPort)));
    builder.environment().put("ERL_EPMD_ADDRESS", "127.0.0.1");
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Awaitility.await("RabbitMQ")
        .atMost(90, TimeUnit.SECONDS)
        .pollInterval(200, TimeUnit.MILLISECONDS)
        .until(this::accepts);
  }

  public void kill() {
    if (process != null) {
      List<ProcessHandle> children = process.descendants().toList();
      process.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      process = null;
    }
  }

  @Override
  public void close() {
    kill();
    try {
      // it refuses to end while it has not noticed that its node is gone
      Awaitility.await("the port mapper's end")
          .atMost(20, TimeUnit.SECONDS)
          .pollInterval(100, TimeUnit.MILLISECONDS)
          .until(() -> !accepts(epmdPort) || (endPortMapper() && !accepts(epmdPort)));
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean endPortMapper() throws IOException, InterruptedException {
    return new ProcessBuilder("epmd", "-port", Integer.toString(epmdPort), "-kill")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private boolean accepts() {
    return accepts(port);
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
