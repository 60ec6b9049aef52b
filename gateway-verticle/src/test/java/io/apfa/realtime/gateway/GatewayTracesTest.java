package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.testkit.RecordedTracing.Ended;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a gateway tells of publications and commands. */
class GatewayTracesTest {
  private static final TraceContext TRACE = new TraceContext(7, 8, 9);
  private static final String REVOKE = "/api/v1/tasks/u1/revoke";

  private final TestGateway gateway = TestGateway.start();

  @AfterEach
  void stop() {
    gateway.close();
  }

  private TestClient registered(String room) {
    TestClient client = gateway.connect();
    client.register(room, "ack", "1");
    client.next(frame -> frame.getString("type").equals("registered"));
    return client;
  }

  private Ended only(Hop hop) {
    await(hop.word()).until(() -> !gateway.traces.ended(hop).isEmpty());
    assertThat(gateway.traces.ended(hop)).hasSize(1);
    return gateway.traces.ended(hop).get(0);
  }

  private static Task task(String uuid) {
    return Task.builder(uuid).state("STARTED").build();
  }

  @Test
  void shouldTellWhomAPublicationReached() {
    TestClient first = registered("celery:tasks");
    registered("celery:tasks");
    registered("celery:task:u1");
    registered("celery:task:other");
    gateway.owner.trace(TRACE);
    gateway.owner.publish(task("u1"));

    first.next(frame -> frame.getString("type").equals("rec"));
    Ended deliver = only(Hop.GATEWAY_DELIVER);
    assertThat(deliver.parent()).isEqualTo(TRACE.spanId());
    assertThat(deliver.context().traceId()).isEqualTo(TRACE.traceId());
    assertThat(deliver.said())
        .containsEntry(Span.Key.SOURCE, "celery")
        .containsEntry(Span.Key.FROM, "1")
        .containsEntry(Span.Key.OFFSET, "1")
        .containsEntry(Span.Key.SESSIONS, "3")
        .containsEntry(Span.Key.ROOMS, "celery:task:u1, celery:tasks")
        .containsEntry(Span.Key.HELD, "0")
        .doesNotContainKey(Span.Key.HOLE);
  }

  @Test
  void shouldSayThatAHoleHadToBeReadFromTheLogFirst() {
    TestClient client = registered("celery:tasks");
    gateway.owner.loseMessages(true);
    gateway.owner.publish(task("u1"), task("u2"));
    gateway.owner.loseMessages(false);
    gateway.owner.trace(TRACE);
    gateway.owner.publish(task("u3"));

    client.next(frame -> frame.encode().contains("u3"));
    assertThat(only(Hop.GATEWAY_DELIVER).said()).containsEntry(Span.Key.HOLE, "2");
  }

  @Test
  void shouldTellNothingOfWhatIsNotTraced() {
    TestClient client = registered("celery:tasks");
    gateway.owner.publish(task("u1"));
    client.next(frame -> frame.getString("type").equals("rec"));
    assertThat(gateway.post(REVOKE, "{}", "Content-Type", "application/json").statusCode())
        .isEqualTo(202);
    assertThat(gateway.traces.ended()).isEmpty();
    assertThat(gateway.commands.get(0).trace()).isNull();
  }

  @Test
  void shouldHangACommandUnderTheTraceOfItsCaller() {
    assertThat(
            gateway
                .post(
                    REVOKE,
                    "{}",
                    "Content-Type",
                    "application/json",
                    "Idempotency-Key",
                    "m-1",
                    "traceparent",
                    TRACE.traceparent())
                .statusCode())
        .isEqualTo(202);
    Ended command = only(Hop.GATEWAY_COMMAND);
    assertThat(command.parent()).isEqualTo(TRACE.spanId());
    assertThat(command.said())
        .containsEntry(Span.Key.SOURCE, "celery")
        .containsEntry(Span.Key.COMMAND, "revoke")
        .containsEntry(Span.Key.MSG_ID, "m-1")
        .containsEntry(Span.Key.COMMAND_ID, "c1")
        .containsEntry(Span.Key.OUTCOME, "accepted");
    assertThat(only(Hop.GATEWAY_BUDGET).isUnder(command)).isTrue();
    assertThat(gateway.commands.get(0).trace()).isEqualTo(command.context());
  }

  @Test
  void shouldBeginATraceOfItsOwnForACommandOfASessionOrOfACallerThatTracesNothing() {
    gateway.traces.sampleAll();
    TestClient client = gateway.connect();
    client.send(
        new JsonObject()
            .put("type", "send")
            .put("address", "celery.revoke")
            .put("replyAddress", "r1")
            .put("headers", new JsonObject().put("msgId", "m-2"))
            .put("body", new JsonObject().put("uuids", List.of("u1"))));
    client.next(frame -> "r1".equals(frame.getString("address")));
    gateway.post(REVOKE, "{}", "Content-Type", "application/json", "traceparent", "00-nonsense-01");

    await().until(() -> gateway.traces.ended(Hop.GATEWAY_COMMAND).size() == 2);
    assertThat(gateway.traces.ended(Hop.GATEWAY_COMMAND))
        .extracting(Ended::parent)
        .containsOnly(0L);
    assertThat(gateway.commands).extracting(BusMessage.CommandRequest::trace).doesNotContainNull();
  }

  @Test
  void shouldTellHowACommandWasRefusedAndNothingOfWhatItSaid() {
    gateway.traces.sampleAll();
    gateway.post(
        "/api/v1/tasks",
        "{\"name\":\"\",\"args\":\"hunter2\"}",
        "Content-Type",
        "application/json");
    gateway.post(REVOKE, "{}", "Content-Type", "application/json", "Idempotency-Key", "refused");
    await().until(() -> gateway.traces.ended(Hop.GATEWAY_COMMAND).size() == 2);
    assertThat(gateway.traces.ended(Hop.GATEWAY_COMMAND))
        .extracting(Ended::failure)
        .containsExactly("bad_request", "conflict");
    assertThat(gateway.traces.ended().toString()).doesNotContain("hunter2");
  }
}
