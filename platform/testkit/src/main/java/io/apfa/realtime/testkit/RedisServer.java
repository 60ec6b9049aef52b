package io.apfa.realtime.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real {@code redis-server} on a free loopback port, without persistence. It can be killed,
 * paused and started again on the same port. Confined to the test's thread.
 */
public final class RedisServer implements AutoCloseable {
  private final int port;
  private final List<String> options;
  private final Path folder;
  private @Nullable Process process;

  private RedisServer(int port, List<String> options) {
    this.port = port;
    this.options = options;
    try {
      this.folder = Files.createTempDirectory("apfa-redis");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server; {@code options} are redis-server's own. */
  public static RedisServer start(String... options) {
    RedisServer server = new RedisServer(FreePort.find(), List.of(options));
    server.restart();
    return server;
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** {@code redis://127.0.0.1:PORT/0}. */
  public String url() {
    return "redis://127.0.0.1:" + port + "/0";
  }

  /** Starts it (again), empty, and waits until it accepts connections. */
  public void restart() {
    kill();
    List<String> command =
        new ArrayList<>(
            List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                folder.toString()));
    command.addAll(options);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("redis.log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "redis-server (expected: on the PATH; make test installs it)", e);
    }
    Awaitility.await("redis-server on port " + port)
        .pollInterval(20, TimeUnit.MILLISECONDS)
        .atMost(20, TimeUnit.SECONDS)
        .until(this::accepts);
  }

  /** Ends it at once, like kill -9. */
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      try {
        running.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      process = null;
    }
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open and nothing answers. */
  public void pause() {
    signal("STOP");
  }

  /** Lets a paused server go on (SIGCONT). */
  public void resume() {
    signal("CONT");
  }

  @Override
  public void close() {
    Process running = process;
    if (running != null && running.isAlive()) {
      resume();
    }
    kill();
    try {
      Files.deleteIfExists(folder.resolve("redis.log"));
      Files.deleteIfExists(folder.resolve("dump.rdb"));
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // a temporary folder that stays behind harms nobody
    }
  }

  private void signal(String name) {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("redis-server: not running (expected: running)");
    }
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(running.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
