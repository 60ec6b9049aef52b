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
  private final boolean tls;
  private Process process;

  private RabbitServer(String configuration) {
    try {
      folder = Files.createTempDirectory("apfa-rabbit");
      Files.writeString(folder.resolve("plugins"), "[].\n");
      tls = !configuration.isEmpty();
      Files.writeString(folder.resolve("rabbitmq.conf"), configuration.replace("PORT", "" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static RabbitServer start() {
    RabbitServer server = new RabbitServer("");
    server.restart();
    return server;
  }

  /** One that speaks TLS only, with the certificate and key of those PEM files. */
  public static RabbitServer startTls(String certificate, String key) {
    RabbitServer server =
        new RabbitServer(
            "listeners.tcp = none\nlisteners.ssl.default = 127.0.0.1:PORT\n"
                + ("ssl_options.cacertfile = " + certificate + "\n")
                + ("ssl_options.certfile = " + certificate + "\n")
                + ("ssl_options.keyfile = " + key + "\n")
                + "ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n");
    server.restart();
    return server;
  }

  public String url() {
    return tls
        ? "amqps://guest:guest@localhost:" + port + "//"
        : "amqp://guest:guest@127.0.0.1:" + port + "//";
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
    if (tls) {
      builder.environment().put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString());
      builder.environment().remove("RABBITMQ_NODE_IP_ADDRESS");
      builder.environment().remove("RABBITMQ_NODE_PORT");
    }
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
