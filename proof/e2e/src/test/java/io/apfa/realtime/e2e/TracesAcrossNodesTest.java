package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.CollectedSpan;
import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import io.apfa.realtime.testkit.TraceCollector;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The context of a trace crosses the bus: one role in each JVM, one collector for all. */
class TracesAcrossNodesTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** All clocks are this machine's; spans read them to the microsecond. */
  private static final long CLOCK_SLACK_NANOS = 1_000_000;

  @Test
  void shouldTellOneTraceOfAnEventThoughEachHopIsInAJvmOfItsOwn() throws Exception {
    try (RedisServer redis = RedisServer.start();
        TraceCollector collector = TraceCollector.start();
        Nodes nodes =
            Nodes.cluster(
                redis.url(),
                Map.of(
                    "APFA_TRACING_ENDPOINT", collector.url(),
                    "APFA_TRACING_SAMPLE_RATIO", "1",
                    "APFA_TRACING_SERVICE_NAME", "apfa-test"),
                "broadcaster",
                "ratelimit",
                "celery-bridge",
                "gateway")) {
      RoomListener session =
          new RoomListener(
              () -> "ws://127.0.0.1:" + nodes.gateway().httpPort() + "/eventbus/websocket");
      try (EventPublisher publisher = new EventPublisher(redis.port())) {
        await("registered").atMost(LONG).until(session::isRegistered);
        double now = System.currentTimeMillis() / 1000.0;
        publisher.write(
            EventPublisher.command(List.of(EventPublisher.event("across-1", 0, now, 1))));
        publisher.flush();
        await("shown").atMost(LONG).until(() -> session.states().containsKey("across-1"));

        await("told").atMost(LONG).until(() -> traces(collector).findAny().isPresent());
        List<Map<String, CollectedSpan>> traces = traces(collector).toList();
        assertThat(traces).hasSize(1);
        assertThatEachHopFollowsTheOneBefore(traces.get(0));
      } finally {
        session.close();
      }
    }
  }

  /** Traces of the event that are complete. */
  private static Stream<Map<String, CollectedSpan>> traces(TraceCollector collector) {
    return collector.tracesWith("bridge.forward").stream()
        .filter(trace -> "across-1".equals(task(trace)))
        .filter(
            trace ->
                trace
                    .keySet()
                    .equals(
                        Set.of(
                            "bridge.forward",
                            "bridge.decode",
                            "owner.flush",
                            "owner.append",
                            "gateway.deliver")));
  }

  private static String task(Map<String, CollectedSpan> trace) {
    return trace.get("bridge.forward").attributes().get("apfa.task");
  }

  private static void assertThatEachHopFollowsTheOneBefore(Map<String, CollectedSpan> trace) {
    CollectedSpan forward = trace.get("bridge.forward");
    CollectedSpan flush = trace.get("owner.flush");
    CollectedSpan deliver = trace.get("gateway.deliver");
    assertThat(flush.isUnder(forward)).isTrue();
    assertThat(trace.get("owner.append").isUnder(flush)).isTrue();
    assertThat(deliver.isUnder(flush)).isTrue();
    assertThat(deliver.attributes()).containsEntry("apfa.sessions", "1");
    assertThat(flush.startNanos()).isGreaterThan(forward.startNanos() - CLOCK_SLACK_NANOS);
    assertThat(deliver.startNanos())
        .isGreaterThan(trace.get("owner.append").endNanos() - CLOCK_SLACK_NANOS);
    assertThat(forward.endNanos()).isGreaterThan(flush.endNanos() - CLOCK_SLACK_NANOS);
    assertThat(
            Stream.of(forward, flush, deliver)
                .map(CollectedSpan::instance)
                .collect(Collectors.toSet()))
        .as("three nodes")
        .hasSize(3);
    assertThat(trace.values()).extracting(CollectedSpan::service).containsOnly("apfa-test");
  }
}
