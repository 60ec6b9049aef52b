package io.apfa.realtime.launcher.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import io.apfa.realtime.testkit.CollectedSpan;
import io.apfa.realtime.testkit.TraceCollector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.EnumSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OtlpTracingTest {
  private static final long START_MILLIS = 1_795_555_942_218L;

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final TraceCollector collector = TraceCollector.start();
  private Tracing tracing = Tracing.OFF;

  @AfterEach
  void stop() {
    close();
    collector.close();
  }

  private void close() {
    tracing.close().toCompletionStage().toCompletableFuture().join();
  }

  private Tracing open(String endpoint, double ratio) {
    tracing =
        OtlpTracing.open(
            new TracingOptions(endpoint, ratio, 1, "mine"),
            new NodeId("n-1"),
            EnumSet.of(Role.GATEWAY, Role.BROADCASTER),
            "9.9",
            metrics);
    return tracing;
  }

  private double count(String name) {
    return metrics.find(name).counters().stream().mapToDouble(each -> each.count()).sum();
  }

  @Test
  void shouldBeOffWithoutAnEndpoint() {
    assertThat(open("", 1)).isSameAs(Tracing.OFF);
    assertThat(tracing.samples(Tracing.Head.EVENTS)).isFalse();
    assertThat(tracing.follow(new TraceContext(1, 2, 3), Hop.OWNER_FLUSH)).isSameAs(Span.NONE);
  }

  @Test
  void shouldSampleTheShareItIsTold() {
    open(collector.url(), 0.25);
    long sampled =
        IntStream.range(0, 10_000).filter(i -> tracing.samples(Tracing.Head.EVENTS)).count();
    assertThat(sampled).isBetween(2200L, 2800L);
    assertThat(IntStream.range(0, 100).allMatch(i -> tracing.samples(Tracing.Head.COMMAND)))
        .as("the share of commands is another")
        .isTrue();
    close();
    open(collector.url(), 0);
    assertThat(IntStream.range(0, 10_000).anyMatch(i -> tracing.samples(Tracing.Head.EVENTS)))
        .isFalse();
  }

  @Test
  void shouldTellWhatIsLeftWhenItCloses() {
    Span first = open(collector.url(), 1).begin(Hop.BRIDGE_FORWARD, START_MILLIS);
    first.set(Span.Key.SOURCE, "celery").set(Span.Key.EVENTS, 0).set(Span.Key.TASK_NAME, null);
    first.past(Hop.BRIDGE_DECODE, 2_000_000);
    Span next = tracing.follow(first.context(), Hop.OWNER_FLUSH);
    next.fail("this node owns the source no more").end();
    first.end();
    first.end();
    close();

    assertThat(collector.spans()).hasSize(3);
    CollectedSpan forward = collector.tracesWith("bridge.forward").get(0).get("bridge.forward");
    CollectedSpan decode = collector.tracesWith("bridge.forward").get(0).get("bridge.decode");
    CollectedSpan flush = collector.tracesWith("bridge.forward").get(0).get("owner.flush");
    assertThat(forward.startNanos()).isEqualTo(START_MILLIS * 1_000_000);
    assertThat(forward.attributes())
        .containsEntry("apfa.source", "celery")
        .containsEntry("apfa.events", "0")
        .doesNotContainKey("apfa.task_name");
    assertThat(forward.service()).isEqualTo("mine");
    assertThat(forward.instance()).isEqualTo("n-1");
    assertThat(decode.endNanos() - decode.startNanos()).isEqualTo(2_000_000);
    assertThat(flush.isUnder(forward)).isTrue();
    assertThat(flush.failed()).isTrue();
    assertThat(forward.failed()).isFalse();
    assertThat(count("apfa_trace_spans_exported")).isEqualTo(3);
    assertThat(count("apfa_trace_spans_dropped")).isZero();
  }

  @Test
  void shouldFollowATraceWhateverItsOwnRatio() {
    Span span = open(collector.url(), 0).follow(new TraceContext(1, 2, 3), Hop.GATEWAY_DELIVER);
    span.end();
    close();
    assertThat(collector.spans()).hasSize(1);
    assertThat(collector.spans().get(0).traceId()).isEqualTo("00000000000000010000000000000002");
    assertThat(collector.spans().get(0).parentId()).isEqualTo("0000000000000003");
    assertThat(tracing.follow(null, Hop.GATEWAY_DELIVER)).isSameAs(Span.NONE);
  }

  @Test
  void shouldSayOnceThatTheCollectorTakesNothingAndOnceThatItDoesAgain() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger(SpanOutlet.class);
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      collector.answer(503);
      open(collector.url(), 1);
      for (int i = 1; i <= 3; i++) {
        int requests = i;
        tracing.begin(Hop.BRIDGE_FORWARD, START_MILLIS).end();
        await("refused").until(() -> count("apfa_trace_spans_dropped") == requests);
      }
      collector.answer(200);
      tracing.begin(Hop.BRIDGE_FORWARD, START_MILLIS).end();
      await("taken").until(() -> count("apfa_trace_spans_exported") == 1);
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(null);
    }
    assertThat(lines.list).hasSize(2);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains(collector.url() + "/v1/traces")
        .contains("HTTP status 503");
    assertThat(lines.list.get(1).getFormattedMessage()).contains("takes them again");
  }

  @Test
  void shouldDropAndCountWhatIsMoreThanMayWaitWithoutHoldingAnyoneUp() throws Exception {
    int many = 3 * SpanOutlet.MAX_WAITING;
    try (ServerSocket silent = new ServerSocket(0)) {
      open("http://127.0.0.1:" + silent.getLocalPort(), 1);
      long startedNanos = System.nanoTime();
      for (int i = 0; i < many; i++) {
        tracing.begin(Hop.BRIDGE_FORWARD, START_MILLIS).end();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - startedNanos))
          .isLessThan(Duration.ofSeconds(2));
      assertThat(
              metrics.get("apfa_trace_spans_dropped").tag("reason", "queue-full").counter().count())
          .isEqualTo(many - SpanOutlet.MAX_WAITING);

      startedNanos = System.nanoTime();
      close();
      assertThat(Duration.ofNanos(System.nanoTime() - startedNanos))
          .isLessThan(OtlpTracing.CLOSE_TIMEOUT.plusSeconds(1));
    }
  }

  @Test
  void shouldPostToTheEndpointsOwnPathIfItHasOne() {
    assertThat(url("http://c:4318")).isEqualTo("http://c:4318/v1/traces");
    assertThat(url("http://c:4318/")).isEqualTo("http://c:4318/v1/traces");
    assertThat(url("https://c/otlp/v1/traces")).isEqualTo("https://c/otlp/v1/traces");
  }

  private static String url(String endpoint) {
    return new TracingOptions(endpoint, 1, 1, "mine").tracesUrl();
  }
}
