package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A real nginx or HAProxy with our configuration, in which only addresses are changed. Confined to
 * the test's thread.
 */
final class LoadBalancer implements AutoCloseable {
  private final Path folder;
  private final String file;
  private final String shipped;
  private String text;
  private final int port = FreePort.find();
  private Process process;

  private LoadBalancer(
      String file, List<ApfaProcess> gateways, UnaryOperator<String> change, Path folder)
      throws IOException {
    this.folder = folder;
    this.file = file;
    shipped = Files.readString(Processes.ROOT.resolve("conf/loadbalancer/" + file));
    text = addressed(gateways);
    process = run(change);
  }

  private String addressed(List<ApfaProcess> gateways) {
    String ours = shipped.replace("127.0.0.1:8000", "127.0.0.1:" + port);
    for (int i = 0; i < gateways.size(); i++) {
      ours = ours.replace("127.0.0.1:800" + (i + 1), "127.0.0.1:" + gateways.get(i).httpPort());
    }
    return ours;
  }

  private Process run(UnaryOperator<String> change) throws IOException {
    Path config = folder.resolve(file);
    Files.writeString(config, change.apply(text));
    List<String> command =
        file.equals("nginx.conf")
            ? List.of(
                "/usr/sbin/nginx",
                "-p",
                folder.toString(),
                "-c",
                config.toString(),
                "-g",
                "daemon off; pid " + folder.resolve("nginx.pid") + "; error_log stderr;")
            : List.of("/usr/sbin/haproxy", "-db", "-f", config.toString());
    return Processes.start(command, Map.of(), folder.resolve("output.log"));
  }

  /** Starts it again with another change, at the same port; every connection through it is cut. */
  void restart(UnaryOperator<String> change) throws IOException {
    Processes.end(process);
    process = run(change);
    awaitAnswer();
  }

  /**
   * Tells a running nginx of other gateways, as an ingress does when pods come and go: open
   * connections stay, new ones go to these only.
   */
  void reload(List<ApfaProcess> gateways) {
    text = addressed(gateways);
    List<Long> before = process.children().map(ProcessHandle::pid).toList();
    try {
      Files.writeString(folder.resolve(file), text);
      Processes.signal(process, "HUP");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    await(file + " took the new addresses")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> process.children().anyMatch(child -> !before.contains(child.pid())));
    awaitAnswer();
  }

  private void awaitAnswer() {
    await(file + " answers")
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError(Processes.output(folder.resolve("output.log")));
              }
              return ApfaProcess.status(url("/health")) == 200;
            });
  }

  /** Starts the balancer that {@code conf/loadbalancer/FILE} describes. */
  static LoadBalancer start(String file, List<ApfaProcess> gateways, UnaryOperator<String> change) {
    try {
      LoadBalancer started =
          new LoadBalancer(file, gateways, change, Files.createTempDirectory("apfa-lb"));
      started.awaitAnswer();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  String webSocketUrl(String path) {
    return "ws://127.0.0.1:" + port + path;
  }

  @Override
  public void close() {
    Processes.end(process);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
