package io.apfa.realtime.launcher.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis for a machine without a broker: {@code redis-server} from the PATH, else the binary that
 * the Maven artifact {@code embedded-redis} carries for this platform. It listens on a free
 * loopback port, keeps nothing on disk, and ends with this JVM however that ends.
 *
 * <p>Thread-safe: immutable but for the process, which guards itself. {@link #start} and {@link
 * #close} block, so not for event loops.
 */
public final class EmbeddedRedis implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
  private static final int START_ATTEMPTS = 3;
  private static final int PINGS = 500;
  private static final int PING_PAUSE_MILLIS = 20;
  private static final int PING_TIMEOUT_MILLIS = 500;

  private final int port;
  private final String executable;
  private final TetheredProcess process;

  private EmbeddedRedis(int port, String executable, TetheredProcess process) {
    this.port = port;
    this.executable = executable;
    this.process = process;
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @throws IllegalStateException if this platform has no binary or the server does not start
   *     within ten seconds; the message holds what it printed last
   */
  public static EmbeddedRedis start() {
    return start(SearchPath.ofEnvironment());
  }

  /** As {@link #start()}, looking for {@code redis-server} on {@code path} first. */
  static EmbeddedRedis start(SearchPath path) {
    String problem = "";
    for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      Path folder = newFolder();
      String executable = executable(path, folder);
      int port = freePort();
      TetheredProcess process =
          TetheredProcess.start(
              "redis", folder, Map.of(), command(executable, port, folder), lines -> {});
      if (answers(process, port)) {
        LOG.info("embedded Redis: {} on port {}", executable, port);
        return new EmbeddedRedis(port, executable, process);
      }
      process.close();
      problem = process.lastLines();
    }
    throw new IllegalStateException("embedded Redis: does not start: " + problem);
  }

  /** {@code redis://127.0.0.1:PORT/0}. */
  public String url() {
    return "redis://127.0.0.1:" + port + "/0";
  }

  /** The loopback port it listens on. */
  public int port() {
    return port;
  }

  /** The binary that runs, for the log. */
  public String executable() {
    return executable;
  }

  /** Whether the server still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.close();
  }

  private static List<String> command(String executable, int port, Path folder) {
    return List.of(
        executable,
        "--port",
        Integer.toString(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        folder.toString(),
        // Twice Redis' own bound: a burst while the JVM collects garbage must not cut the bridge.
        "--client-output-buffer-limit",
        "pubsub",
        "64mb",
        "16mb",
        "60");
  }

  private static String executable(SearchPath path, Path folder) {
    Optional<Path> installed = path.find("redis-server");
    if (installed.isPresent()) {
      return installed.get().toString();
    }
    try {
      return ExecutableProvider.newJarResourceProvider(folder.toFile()).get().getAbsolutePath();
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          "no redis-server (expected: on the PATH, or a platform that embedded-redis has one for)",
          e);
    }
  }

  private static boolean answers(TetheredProcess process, int port) {
    for (int ping = 0; ping < PINGS; ping++) {
      if (ping(port)) {
        return true;
      }
      if (process.awaitExit(PING_PAUSE_MILLIS)) {
        return false;
      }
    }
    return false;
  }

  private static boolean ping(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PING_TIMEOUT_MILLIS);
      socket.setSoTimeout(PING_TIMEOUT_MILLIS);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(5);
      return new String(answer, StandardCharsets.US_ASCII).equals("+PONG");
    } catch (IOException e) {
      return false;
    }
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("apfa-demo-redis");
    } catch (IOException e) {
      throw new UncheckedIOException("embedded Redis: no temporary folder", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("embedded Redis: no free port", e);
    }
  }
}
