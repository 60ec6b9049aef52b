package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process under measurement: started on free loopback ports, its CPU time and memory read from
 * the kernel, ended with the bench. Confined to the bench's thread.
 */
final class ServerProcess implements AutoCloseable {
  private static final double TICKS_PER_SECOND = 100;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Starts {@code command}; what it prints goes to {@code target/NAME.log}. */
  static ServerProcess start(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    Path log = Path.of("proof", "bench", "target", name + ".log");
    Files.createDirectories(log.getParent());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new ServerProcess(builder.start());
  }

  /** A redis-server on {@code port}, without persistence. */
  static ServerProcess redis(int port) throws Exception {
    ServerProcess server =
        start(
            "redis",
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""),
            Map.of());
    waitFor(
        "redis",
        () -> {
          try (java.net.Socket socket =
              new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          }
        });
    return server;
  }

  /** The whole system in one JVM. */
  static ServerProcess apfa(
      String brokerUrl, int httpPort, int managementPort, Map<String, String> environment)
      throws Exception {
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("APFA_BROKER_URL", brokerUrl);
    all.put("APFA_GATEWAY_HTTP_PORT", "" + httpPort);
    all.put("APFA_MANAGEMENT_PORT", "" + managementPort);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ServerProcess server =
        start(
            "apfa",
            List.of(java, "-Xmx1g", "-jar", "platform/launcher/target/apfa-realtime.jar"),
            all);
    waitFor(
        "apfa ready", () -> status("http://127.0.0.1:" + managementPort + "/health/ready") == 200);
    return server;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static int status(String url) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  static String get(String url) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  long pid() {
    return process.pid();
  }

  /** What must become true. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits up to 60 s. */
  static void waitFor(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < deadline) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException notYet) {
        // asked again below
      }
      java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
    }
    throw new IllegalStateException(what + ": not within 60 s");
  }

  /** User and system CPU seconds so far. */
  double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory in bytes. */
  long rssBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/" + process.pid() + "/status");
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
