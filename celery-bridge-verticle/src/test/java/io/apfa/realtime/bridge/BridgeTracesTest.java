package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.testkit.RecordedTracing;
import io.apfa.realtime.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a bridge tells of events and commands. */
class BridgeTracesTest {
  private final RedisServer redis = RedisServer.start();
  private final BridgeHarness bridge =
      BridgeHarness.start(redis.url(), Map.of("commands.deadline", "200ms"));
  private final Publisher publisher = new Publisher(redis);

  @BeforeEach
  void awaitForwarding() {
    bridge.awaitForwarding();
  }

  @AfterEach
  void stop() {
    publisher.close();
    bridge.close();
    redis.close();
  }

  private RecordedTracing.Ended forwardOf(String uuid) {
    await("the span of " + uuid).until(() -> !forwardsOf(uuid).isEmpty());
    return forwardsOf(uuid).get(0);
  }

  private List<RecordedTracing.Ended> forwardsOf(String uuid) {
    return bridge.traces.ended(Hop.BRIDGE_FORWARD).stream()
        .filter(span -> uuid.equals(span.said().get(Span.Key.TASK)))
        .toList();
  }

  @Test
  void shouldBeginATraceThatTheBatchCarriesAndEndItOnceTheOwnerHasItInItsLog() {
    bridge.traces.sampleAll();
    publisher.task("task-started", "u-1");

    RecordedTracing.Ended forward = forwardOf("u-1");
    assertThat(forward.parent()).isZero();
    assertThat(forward.failure()).isNull();
    assertThat(forward.said())
        .containsEntry(Span.Key.SOURCE, "celery")
        .containsEntry(Span.Key.EVENT_TYPE, "task-started")
        .containsEntry(Span.Key.EVENTS, "1");
    assertThat(bridge.owner.hasTask("u-1", "task-started")).as("in the log").isTrue();
    assertThat(bridge.owner.traces).contains(forward.context());
    assertThat(bridge.traces.ended(Hop.BRIDGE_DECODE)).anyMatch(span -> span.isUnder(forward));
  }

  @Test
  void shouldTellOneTraceOfABatchThatIsRepeatedUntilAnOwnerTakesIt() {
    bridge.traces.sampleAll();
    bridge.owner.refusal = EventBatchReply.Status.BUSY;
    publisher.task("task-started", "u-2");
    await("offered again and again").until(() -> bridge.owner.refusals.get() > 2);
    assertThat(forwardsOf("u-2")).isEmpty();
    bridge.owner.refusal = null;

    RecordedTracing.Ended forward = forwardOf("u-2");
    assertThat(forwardsOf("u-2")).hasSize(1);
    assertThat(bridge.owner.traces).containsOnlyOnce(forward.context());
  }

  @Test
  void shouldCarryNoTraceThatIsNotSampled() {
    publisher.task("task-started", "u-3");
    await().until(() -> bridge.owner.hasTask("u-3", "task-started"));
    assertThat(bridge.owner.traces).isEmpty();
    assertThat(bridge.traces.ended()).isEmpty();
  }

  private CommandReply revoke(String msgId, TraceContext trace) {
    Command revoke = new Command.Revoke(List.of("u-4", "u-5"), false, "SIGTERM");
    return BridgeHarness.join(
        bridge
            .node
            .bus()
            .request(
                bridge.node.id(),
                new CommandRequest("celery", msgId, "ada", "::1", revoke, trace),
                CommandReply.class,
                Duration.ofSeconds(5)));
  }

  @Test
  void shouldFollowACommandUntilTheLastOfItsTasksHasAnEnd() {
    TraceContext click = new TraceContext(1, 2, 3);
    CommandReply reply = revoke("m-1", click);
    await("no worker answers").until(() -> bridge.owner.hasEnded(last(reply)));

    await("told").until(() -> bridge.traces.ended(Hop.BRIDGE_COMMAND).size() == 1);
    RecordedTracing.Ended command = bridge.traces.ended(Hop.BRIDGE_COMMAND).get(0);
    assertThat(command.parent()).isEqualTo(3);
    assertThat(command.context().traceId()).isEqualTo(click.traceId());
    assertThat(command.failure()).isEqualTo("not confirmed");
    assertThat(command.said())
        .containsEntry(Span.Key.COMMAND, "revoke")
        .containsEntry(Span.Key.MSG_ID, "m-1")
        .containsEntry(Span.Key.TASKS, "2")
        .containsEntry(Span.Key.TASK, "u-4")
        .containsEntry(Span.Key.COMMAND_ID, reply.commands().get(0).commandId())
        .containsEntry(Span.Key.OUTCOME, "failed");
    assertThat(bridge.traces.ended(Hop.BRIDGE_CLAIM))
        .singleElement()
        .matches(span -> span.isUnder(command));
  }

  private static String last(CommandReply reply) {
    return reply.commands().get(reply.commands().size() - 1).commandId();
  }

  @Test
  void shouldTellThatACommandWasAcceptedBefore() {
    TraceContext click = new TraceContext(1, 2, 3);
    revoke("m-2", null);
    assertThat(bridge.traces.ended()).isEmpty();
    revoke("m-2", click);
    await("told").until(() -> bridge.traces.ended(Hop.BRIDGE_COMMAND).size() == 1);
    assertThat(bridge.traces.ended(Hop.BRIDGE_COMMAND).get(0).said())
        .containsEntry(Span.Key.OUTCOME, "repeated");
  }
}
