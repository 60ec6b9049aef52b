package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.CollectedSpan;
import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import io.apfa.realtime.testkit.TraceCollector;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A whole node, a real Redis, a session, and a collector that takes what is told. */
class TracesTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Wall clocks of spans are read to the microsecond, and anchored one by one. */
  private static final long CLOCK_SLACK_NANOS = 1_000_000;

  private final RedisServer redis = RedisServer.start();
  private final TraceCollector collector = TraceCollector.start();
  private RunningNode node;
  private Listening session;

  @AfterEach
  void stop() {
    if (node != null) {
      node.stop().toCompletionStage().toCompletableFuture().join();
    }
    collector.close();
    redis.close();
  }

  private void start(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("broker.url", redis.url());
    all.put("gateway.http.port", "0");
    all.put("management.port", "0");
    all.put(
        "limits.file", Path.of(System.getProperty("apfa.root"), "conf", "limits.yaml").toString());
    node =
        RunningNode.start(Configuration.from(all, CommandLine.parse()))
            .toCompletionStage()
            .toCompletableFuture()
            .join();
    await("ready")
        .atMost(LONG)
        .until(() -> get(node.managementPort(), "/health/ready").statusCode() == 200);
    session = new Listening(node.gatewayPort());
    await("registered").atMost(LONG).until(() -> session.text().contains("registered"));
  }

  /** A session in the room of all tasks; what comes is kept. */
  private static final class Listening implements WebSocket.Listener {
    private final List<String> texts = new CopyOnWriteArrayList<>();

    Listening(int port) {
      WebSocket socket =
          HTTP.newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + port + "/eventbus/websocket"), this)
              .join();
      socket
          .sendText(
              "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"ack\":\"1\"}}",
              true)
          .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      texts.add(data.toString());
      socket.request(1);
      return null;
    }

    String text() {
      return String.join("", texts);
    }
  }

  private void publish(String uuid) throws Exception {
    try (EventPublisher publisher = new EventPublisher(redis.port())) {
      double now = System.currentTimeMillis() / 1000.0;
      publisher.write(EventPublisher.command(List.of(EventPublisher.event(uuid, 0, now, 1))));
      publisher.flush();
      await("delivered").atMost(LONG).until(() -> session.text().contains(uuid));
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Map<String, CollectedSpan> traceOf(String uuid, String lastHop) {
    await("the trace of " + uuid).atMost(LONG).until(() -> !traces(uuid, lastHop).isEmpty());
    assertThat(traces(uuid, lastHop)).hasSize(1);
    return traces(uuid, lastHop).get(0);
  }

  private List<Map<String, CollectedSpan>> traces(String uuid, String lastHop) {
    return collector.tracesWith("bridge.forward").stream()
        .filter(trace -> uuid.equals(trace.get("bridge.forward").attributes().get("apfa.task")))
        .filter(trace -> trace.containsKey(lastHop))
        .toList();
  }

  @Test
  void shouldTellOneTraceOfAnEventFromTheBridgeToTheSession() throws Exception {
    start(Map.of("tracing.endpoint", collector.url(), "tracing.sample-ratio", "1"));
    publish("traced-1");

    Map<String, CollectedSpan> trace = traceOf("traced-1", "gateway.deliver");
    CollectedSpan forward = trace.get("bridge.forward");
    CollectedSpan decode = trace.get("bridge.decode");
    CollectedSpan flush = trace.get("owner.flush");
    CollectedSpan append = trace.get("owner.append");
    CollectedSpan deliver = trace.get("gateway.deliver");
    assertThat(trace).hasSize(5);
    assertThat(forward.parentId()).as("the first").isEmpty();
    assertThat(decode.isUnder(forward)).isTrue();
    assertThat(flush.isUnder(forward)).isTrue();
    assertThat(append.isUnder(flush)).isTrue();
    assertThat(deliver.isUnder(flush)).isTrue();
    assertOrder(forward.startNanos(), decode.startNanos(), decode.endNanos(), flush.startNanos());
    assertOrder(flush.startNanos(), append.startNanos(), append.endNanos(), flush.endNanos());
    assertOrder(append.endNanos(), deliver.startNanos(), deliver.endNanos());
    assertOrder(flush.endNanos(), forward.endNanos());

    assertThat(forward.attributes())
        .containsEntry("apfa.source", "celery")
        .containsEntry("apfa.event_type", "task-sent")
        .containsEntry("apfa.task_name", "orders.add")
        .containsEntry("apfa.events", "1");
    assertThat(append.attributes())
        .containsEntry("apfa.rows", "1")
        .containsEntry("apfa.from", append.attributes().get("apfa.offset"));
    assertThat(flush.attributes()).containsEntry("apfa.gateways", "1");
    assertThat(deliver.attributes())
        .containsEntry("apfa.rooms", "celery:tasks")
        .containsEntry("apfa.sessions", "1")
        .containsEntry("apfa.held", "0")
        .containsEntry("apfa.offset", append.attributes().get("apfa.offset"));
    assertThat(trace.values()).extracting(CollectedSpan::service).containsOnly("apfa-realtime");
    assertThat(trace.values()).extracting(CollectedSpan::instance).containsOnly(node.id().value());
    assertThat(trace.values()).extracting(CollectedSpan::failed).containsOnly(false);
    assertThat(trace.values().toString())
        .as("no arguments, no results")
        .doesNotContain("4711")
        .doesNotContain("customer");
  }

  private static void assertOrder(long... nanos) {
    for (int i = 1; i < nanos.length; i++) {
      assertThat(nanos[i]).isGreaterThanOrEqualTo(nanos[i - 1] - CLOCK_SLACK_NANOS);
    }
  }

  @Test
  void shouldTellTheTraceOfACommandUnderTheOneOfItsCaller() throws Exception {
    start(Map.of("tracing.endpoint", collector.url(), "commands.deadline", "200ms"));
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + node.gatewayPort() + "/api/v1/tasks/u-1/revoke"))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "click-1")
                .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(202);

    await("both ends")
        .atMost(LONG)
        .until(
            () ->
                collector.tracesWith("bridge.command").stream()
                    .anyMatch(trace -> trace.containsKey("gateway.command")));
    Map<String, CollectedSpan> trace = collector.tracesWith("bridge.command").get(0);
    CollectedSpan gateway = trace.get("gateway.command");
    CollectedSpan bridge = trace.get("bridge.command");
    assertThat(gateway.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(gateway.parentId()).isEqualTo("00f067aa0ba902b7");
    assertThat(trace.get("gateway.budget").isUnder(gateway)).isTrue();
    assertThat(bridge.isUnder(gateway)).isTrue();
    assertThat(trace.get("bridge.claim").isUnder(bridge)).isTrue();
    assertThat(gateway.attributes())
        .containsEntry("apfa.command", "revoke")
        .containsEntry("apfa.msg_id", "click-1")
        .containsEntry("apfa.outcome", "accepted");
    assertThat(answer.body()).contains(gateway.attributes().get("apfa.command_id"));
    assertThat(bridge.attributes())
        .containsEntry("apfa.command_id", gateway.attributes().get("apfa.command_id"))
        .containsEntry("apfa.task", "u-1")
        .containsEntry("apfa.outcome", "failed");
    assertThat(bridge.failed()).as("no worker there").isTrue();
    assertThat(bridge.endNanos() - bridge.startNanos()).isGreaterThan(150_000_000);
  }

  @Test
  void shouldTellNothingAndRunNoExporterByDefault() throws Exception {
    Set<Thread> before = exporters();
    start(Map.of());
    publish("untraced-1");
    assertThat(before).as("of a test before this one").containsAll(exporters());
    assertThat(get(node.managementPort(), "/metrics").body()).doesNotContain("apfa_trace_spans");
  }

  private static Set<Thread> exporters() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("BatchSpanProcessor"))
        .collect(Collectors.toSet());
  }

  @Test
  void shouldTellNoEventWithASampleRatioOfZero() throws Exception {
    start(
        Map.of(
            "tracing.endpoint", collector.url(),
            "tracing.sample-ratio", "0",
            "tracing.command-sample-ratio", "0"));
    publish("unsampled-1");
    node.stop().toCompletionStage().toCompletableFuture().join();
    node = null;
    assertThat(collector.spans()).as("after the last flush").isEmpty();
    assertThat(collector.requests()).isZero();
  }

  @Test
  void shouldDeliverAsEverWhenTheCollectorIsAway() throws Exception {
    collector.close();
    start(Map.of("tracing.endpoint", collector.url(), "tracing.sample-ratio", "1"));
    publish("alone-1");
    await("counted")
        .atMost(LONG)
        .until(
            () ->
                get(node.managementPort(), "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("apfa_trace_spans_dropped_total"))
                    .anyMatch(line -> line.contains("not-taken") && !line.endsWith(" 0.0")));
    publish("alone-2");
  }

  @Test
  void shouldDeliverAndStopAsEverWhenTheCollectorTakesAndNeverAnswers() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      start(
          Map.of(
              "tracing.endpoint",
              "http://127.0.0.1:" + silent.getLocalPort(),
              "tracing.sample-ratio",
              "1"));
      publish("silent-1");
      publish("silent-2");
      long startedNanos = System.nanoTime();
      node.stop().toCompletionStage().toCompletableFuture().join();
      node = null;
      assertThat(Duration.ofNanos(System.nanoTime() - startedNanos))
          .isLessThan(Duration.ofSeconds(10));
    }
  }
}
