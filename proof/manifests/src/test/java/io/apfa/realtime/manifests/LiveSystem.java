package io.apfa.realtime.manifests;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.apfa.realtime.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The jar with its demo workload, and a Prometheus that scrapes it every second with our rules.
 * Confined to the test's thread.
 */
final class LiveSystem implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private final Path folder;
  private final int httpPort = FreePort.find();
  private final int managementPort = FreePort.find();
  private final int prometheusPort = FreePort.find();
  private final List<Process> processes = new ArrayList<>();
  private final List<WebSocket> sessions = new ArrayList<>();

  private LiveSystem() throws IOException {
    folder = Files.createTempDirectory("apfa-live");
  }

  static LiveSystem start() {
    try {
      LiveSystem system = new LiveSystem();
      try {
        system.startNode();
        system.startPrometheus();
        await("ready")
            .atMost(Duration.ofMinutes(2))
            .until(
                () ->
                    system.status("http://127.0.0.1:" + system.managementPort + "/health/ready")
                            == 200
                        && system.status("http://127.0.0.1:" + system.prometheusPort + "/-/ready")
                            == 200
                        // what is done from now on is an increase to Prometheus
                        && system
                            .query("apfa_gateway_recoveries_total{result=\"lost\"}")
                            .contains(0.0));
        return system;
      } catch (IOException | RuntimeException | Error e) {
        system.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startNode() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path jar = Manifests.ROOT.resolve("platform/launcher/target/apfa-realtime.jar");
    spawn(
        "node",
        Map.of(
            "APFA_GATEWAY_HTTP_PORT", Integer.toString(httpPort),
            "APFA_MANAGEMENT_PORT", Integer.toString(managementPort)),
        List.of(java, "-Xmx512m", "-jar", jar.toString()));
  }

  private void startPrometheus() throws IOException {
    Path rules = folder.resolve("rules.yml");
    Files.writeString(rules, Manifests.YAML.writeValueAsString(Monitoring.rules()));
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ["%s"]
        scrape_configs:
          - job_name: apfa-management
            static_configs:
              - targets: ["127.0.0.1:%d"]
                labels: {namespace: apfa, pod: apfa-0}
        """
            .formatted(rules, managementPort));
    spawn(
        "prometheus",
        Map.of(),
        List.of(
            "prometheus",
            "--config.file=" + config,
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + prometheusPort));
  }

  private void spawn(String name, Map<String, String> environment, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Manifests.ROOT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().putAll(environment);
    processes.add(builder.start());
  }

  /**
   * A session that stays, one that comes back too late, one that is closed for what it says, one
   * that is refused, and one command. The late one says nothing else: a session that is closed
   * before its room's owner has answered never learns that it was too late.
   */
  void use(int round) {
    if (round == 0) {
      sessions.add(open("http://127.0.0.1:" + httpPort));
      sessions.get(0).sendText(register(""), true).join();
    }
    sessions.get(0).sendText("{\"type\":\"ping\",\"timestamp\":1,\"lag\":12.5}", true).join();
    if (round < 2) {
      WebSocket late = open("http://127.0.0.1:" + httpPort);
      late.sendText(register(",\"position\":\"gone:7\""), true).join();
      sessions.add(late);
      WebSocket garbled = open("http://127.0.0.1:" + httpPort);
      garbled.sendText("this is no frame", true).join();
      sessions.add(garbled);
      status("http://127.0.0.1:" + httpPort + "/eventbus/info", "Origin", "https://evil.example");
    }
    post("/api/v1/tasks/no-such-task-" + round + "/revoke");
  }

  private WebSocket open(String origin) {
    return HTTP.newWebSocketBuilder()
        .header("Origin", origin)
        .buildAsync(
            URI.create("ws://127.0.0.1:" + httpPort + "/eventbus/websocket"),
            new WebSocket.Listener() {
              @Override
              public void onOpen(WebSocket socket) {
                socket.request(Long.MAX_VALUE);
              }
            })
        .join();
  }

  private static String register(String more) {
    return "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\""
        + more
        + "}}";
  }

  private void post(String path) {
    send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{}")));
  }

  /** The text the node shows to Prometheus. */
  String metrics() {
    return send(HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + managementPort + "/metrics")))
        .body();
  }

  /** What Prometheus answers at {@code path}. */
  JsonNode ask(String path) {
    try {
      return Manifests.YAML.readTree(
          send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + prometheusPort + path)))
              .body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The values that {@code expression} has now, without those that are no number. */
  List<Double> query(String expression) {
    JsonNode answer =
        ask("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
    if (!answer.path("status").asText().equals("success")) {
      throw new AssertionError(expression + ": " + answer);
    }
    List<Double> values = new ArrayList<>();
    for (JsonNode sample : answer.at("/data/result")) {
      double value = Double.parseDouble(sample.at("/value/1").asText());
      if (!Double.isNaN(value)) {
        values.add(value);
      }
    }
    return values;
  }

  private int status(String url, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    sessions.forEach(WebSocket::abort);
    processes.forEach(Process::destroy);
    try {
      for (Process process : processes) {
        process.waitFor();
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
