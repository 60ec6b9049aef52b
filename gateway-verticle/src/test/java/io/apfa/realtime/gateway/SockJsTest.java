package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bridge's protocol over SockJS: WebSocket and the polling fallback. */
class SockJsTest {
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = TestGateway.start();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private void send(String session, JsonObject frame) {
    HttpResponse<String> sent =
        gateway.post(
            "/eventbus/000/" + session + "/xhr_send",
            new JsonArray().add(frame.encode()).encode(),
            "Content-Type",
            "text/plain");
    assertThat(sent.statusCode()).isEqualTo(204);
  }

  private String poll(String session) {
    return gateway.post("/eventbus/000/" + session + "/xhr", "").body();
  }

  @Test
  void shouldServeTheInfoOfSockJs() {
    JsonObject info = new JsonObject(gateway.get("/eventbus/info").body());
    assertThat(info.getBoolean("websocket")).isTrue();
  }

  @Test
  void shouldSpeakTheBridgeOverPolling() {
    assertThat(poll("abcdefgh")).isEqualTo("o\n");
    send(
        "abcdefgh",
        new JsonObject()
            .put("type", "register")
            .put("address", "celery:tasks")
            .put("headers", new JsonObject().put("ack", "true").put("encoding", "msgpack")));
    String registered = poll("abcdefgh");
    assertThat(registered).startsWith("a[").contains("registered").contains("json");
    gateway.owner.publish(Task.builder("u1").state("STARTED").args("é <b>").build());
    String batch = poll("abcdefgh");
    JsonObject rec = new JsonObject(new JsonArray(batch.substring(1)).getString(0));
    assertThat(rec.getJsonObject("body").getLong("offset")).isEqualTo(1);
  }

  @Test
  void shouldAnswerJsonpWith404() {
    assertThat(gateway.get("/eventbus/000/abcdefgh/jsonp?c=x").statusCode()).isEqualTo(404);
  }

  @Test
  void shouldLetFallbackTransportsRunTheirOwnScript() {
    HttpResponse<String> info = gateway.get("/eventbus/info");
    assertThat(info.headers().firstValue("content-security-policy")).isEmpty();
    assertThat(gateway.get("/tasks").headers().firstValue("content-security-policy")).isPresent();
    assertThat(gateway.get("/workers/celery@host.example").body()).contains("page under test");
  }

  @Test
  void shouldSayWhyBeforeItCloses() {
    assertThat(poll("closeme1")).isEqualTo("o\n");
    gateway.post("/eventbus/000/closeme1/xhr_send", new JsonArray().add("{nonsense").encode());
    String farewell = poll("closeme1");
    assertThat(farewell).contains("3503").contains("DISCONNECT");
  }

  @Test
  void shouldLetNobodyElseIntoASession() {
    assertThat(poll("shared01")).isEqualTo("o\n");
    HttpResponse<String> other =
        gateway.post(
            "/eventbus/000/shared01/xhr_send",
            new JsonArray().add("{}").encode(),
            "Authorization",
            "Bearer someone.elses.token");
    assertThat(other.statusCode()).isEqualTo(404);
  }

  @Test
  void shouldRemoveASessionThatDoesNotComeBack() {
    assertThat(poll("leaving1")).isEqualTo("o\n");
    Awaitility.await()
        .until(() -> gateway.metrics.get("apfa_ws_connections").gauge().value() == 1.0);
    Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(15))
        .until(() -> gateway.metrics.get("apfa_ws_connections").gauge().value() == 0.0);
  }

  @Test
  void shouldServeThePlainWebSocketOfTheSpecification() {
    TestClient client =
        TestClient.connect(gateway.vertx, gateway.port(), "/ws/celery/tasks", Map.of());
    TestClient json =
        TestClient.connect(
            gateway.vertx, gateway.port(), "/ws/celery/tasks?encoding=json", Map.of());
    Awaitility.await().until(() -> gateway.owner.interests() > 0);
    TestClient probe = gateway.connect();
    probe.register("celery:tasks", "ack", "true");
    probe.next();
    gateway.owner.publish(Task.builder("u1").state("STARTED").build());
    assertThat(client.nextBinary().getByte(0)).isEqualTo((byte) 0x91);
    assertThat(json.next().getString("type")).isEqualTo("batch_update");
    client.pingThrough(5);
    assertThat(client.next().getLong("timestamp")).isEqualTo(5);
  }
}
