package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.FreePort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A node as a user starts it: {@code java -jar apfa-realtime.jar}, on free ports. Confined to the
 * test's thread.
 */
final class ApfaProcess implements AutoCloseable {
  static final Path JAR = Processes.ROOT.resolve("platform/launcher/target/apfa-realtime.jar");

  /** What tells a JVM to run the product. */
  static final List<String> PROGRAM = List.of("-jar", JAR.toString());

  /** More options for each node's JVM, separated by spaces: a flight recording, for example. */
  private static final List<String> JVM_OPTIONS =
      List.of(System.getProperty("apfa.node.jvm", "").split(" ")).stream()
          .filter(option -> !option.isBlank())
          .toList();

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1) // as monitors and probes ask
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final Process process;
  private final Path output;
  private final int httpPort;
  private final int managementPort;
  private final String host;

  private ApfaProcess(Process process, Path output, int httpPort, int managementPort, String host) {
    this.process = process;
    this.output = output;
    this.httpPort = httpPort;
    this.managementPort = managementPort;
    this.host = host;
  }

  /** Starts a node with {@code environment} over its own ports; does not wait for it. */
  static ApfaProcess start(Map<String, String> environment, String... arguments) {
    return start(PROGRAM, environment, arguments);
  }

  /** The same, where {@code program} tells the JVM what to run. */
  static ApfaProcess start(
      List<String> program, Map<String, String> environment, String... arguments) {
    return start(List.of(), program, environment, arguments);
  }

  /**
   * The same, where {@code prefix} is a command that runs ours, in another network namespace for
   * example. It is reached at the hosts that {@code environment} gives it.
   */
  static ApfaProcess start(
      List<String> prefix,
      List<String> program,
      Map<String, String> environment,
      String... arguments) {
    String wantedPort = environment.get("APFA_GATEWAY_HTTP_PORT");
    int httpPort = wantedPort == null ? FreePort.find() : Integer.parseInt(wantedPort);
    int managementPort = FreePort.find();
    Map<String, String> all = new HashMap<>();
    all.put("APFA_GATEWAY_HTTP_PORT", Integer.toString(httpPort));
    all.put("APFA_MANAGEMENT_PORT", Integer.toString(managementPort));
    all.putAll(environment);
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(javaCommand(), "-Xmx512m"));
    command.addAll(JVM_OPTIONS);
    command.addAll(program);
    command.addAll(List.of(arguments));
    Path output = Processes.temporaryFile("node");
    return new ApfaProcess(
        Processes.start(command, all, output),
        output,
        httpPort,
        managementPort,
        all.getOrDefault("APFA_MANAGEMENT_HOST", "127.0.0.1"));
  }

  static String javaCommand() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Waits until it answers at all: what others need to join it. */
  void awaitLive() {
    await("node live")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> status(management("/health/live")) == 200);
  }

  ApfaProcess awaitReady() {
    try {
      await("node ready")
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> status(management("/health/ready")) == 200 || !process.isAlive());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "not ready: " + get(management("/health/ready")) + "; it printed:\n" + output(), e);
    }
    if (!process.isAlive()) {
      throw new AssertionError("the node ended; it printed:\n" + output());
    }
    return this;
  }

  Process process() {
    return process;
  }

  String output() {
    return Processes.output(output);
  }

  int httpPort() {
    return httpPort;
  }

  String url(String path) {
    return "http://" + host + ":" + httpPort + path;
  }

  String management(String path) {
    return "http://" + host + ":" + managementPort + path;
  }

  /** The sum of a metric over its labels; NaN when nobody answers or there is none. */
  double metric(String name) {
    return get(management("/metrics"))
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .reduce(Double::sum)
        .orElse(Double.NaN);
  }

  /** Every task in the table, by uuid. */
  Map<String, JsonObject> tasks() {
    Map<String, JsonObject> all = new HashMap<>();
    String cursor = null;
    do {
      String path = "/api/v1/tasks?limit=1000" + (cursor == null ? "" : "&cursor=" + cursor);
      JsonObject page = new JsonObject(get(url(path)));
      JsonArray tasks = page.getJsonArray("tasks");
      for (int i = 0; i < tasks.size(); i++) {
        all.put(tasks.getJsonObject(i).getString("uuid"), tasks.getJsonObject(i));
      }
      cursor = page.getString("next");
    } while (cursor != null);
    return all;
  }

  /** Asks the process to end, as Kubernetes does: SIGTERM. Does not wait for it. */
  void terminate() {
    process.destroy();
  }

  /** Ends the process at once, like kill -9. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The body of a GET, whatever its status. */
  static String get(String url) {
    return get(HttpRequest.newBuilder(URI.create(url)));
  }

  /** The same, with a token. */
  static String get(String url, String token) {
    return get(HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + token));
  }

  private static String get(HttpRequest.Builder request) {
    try {
      return HTTP.send(
              request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** The status of a GET; 0 when nobody answers. */
  static int status(String url) {
    try {
      return HTTP.send(
              HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(3)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  static HttpResponse<String> post(String url, String json) {
    try {
      return HTTP.send(
          HttpRequest.newBuilder(URI.create(url))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(json))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    Processes.end(process);
  }
}
