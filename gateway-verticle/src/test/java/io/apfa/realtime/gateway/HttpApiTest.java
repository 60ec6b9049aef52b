package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The HTTP API on a real server. */
class HttpApiTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    for (int i = 0; i < 25; i++) {
      gateway.owner.publish(
          Task.builder("u" + i)
              .name("orders.add")
              .state(i % 5 == 0 ? "FAILURE" : "SUCCESS")
              .queue("celery")
              .groupId("g1")
              .args("(1, 'é <script>')")
              .build());
    }
    gateway.owner.publishLatest(
        new Update.QueueDepth("celery", 3, -1),
        new Update.WorkerUpdate(
            new Worker(
                "w1@host",
                Worker.Status.ONLINE,
                7,
                2.0,
                1,
                10,
                List.of(),
                null,
                null,
                null,
                4,
                1)));
    gateway.owner.publishUpdates(
        List.of(new Update.CommandUpdate("known", "m", CommandStatus.CONFIRMED, null, "u1")));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JsonObject json(HttpResponse<String> response) {
    return new JsonObject(response.body());
  }

  @Test
  void shouldListTasksPageByPage() {
    JsonObject first = json(gateway.get("/api/v1/tasks?limit=20"));
    assertThat(first.getInteger("total")).isEqualTo(25);
    assertThat(first.getJsonArray("tasks")).hasSize(20);
    assertThat(first.getString("position")).isEqualTo("e1:26");
    JsonObject second =
        json(gateway.get("/api/v1/tasks?limit=20&cursor=" + first.getString("next")));
    assertThat(second.getJsonArray("tasks")).hasSize(5);
    assertThat(second.getValue("next")).isNull();
    assertThat(json(gateway.get("/api/v1/tasks?state=FAILURE")).getInteger("total")).isEqualTo(5);
  }

  @Test
  void shouldRefuseABadLimitWithAProblem() {
    HttpResponse<String> response = gateway.get("/api/v1/tasks?limit=5000");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(json(response).getString("detail")).contains("limit").contains("1 to 1000");
  }

  @Test
  void shouldShowATaskWithTimelineChildrenAndBackend() {
    JsonObject task = json(gateway.get("/api/v1/tasks/u3"));
    assertThat(task.getString("uuid")).isEqualTo("u3");
    assertThat(task.getJsonArray("timeline")).hasSize(1);
    assertThat(task.getJsonArray("children")).isEmpty();
    assertThat(task.containsKey("backend")).isTrue();
  }

  @Test
  void shouldListWorkersQueuesGroupsLimitsStatsAuditAndDoctor() {
    assertThat(json(gateway.get("/api/v1/workers")).getJsonArray("workers")).hasSize(1);
    assertThat(json(gateway.get("/api/v1/queues")).getJsonArray("queues")).hasSize(1);
    JsonObject group = json(gateway.get("/api/v1/groups/g1"));
    assertThat(group.getInteger("total")).isEqualTo(25);
    assertThat(group.getJsonArray("tasks")).hasSize(25);
    assertThat(gateway.get("/api/v1/groups/none").statusCode()).isEqualTo(404);
    JsonObject limits = json(gateway.get("/api/v1/limits"));
    assertThat(limits.getJsonObject("limits").getInteger("session.burst")).isEqualTo(20);
    assertThat(json(gateway.get("/api/v1/stats")).getJsonObject("states").getInteger("FAILURE"))
        .isEqualTo(5);
    assertThat(json(gateway.get("/api/v1/audit")).getJsonArray("entries")).hasSize(1);
    assertThat(json(gateway.get("/api/v1/doctor")).getJsonArray("checks")).hasSize(1);
    assertThat(json(gateway.get("/api/v1/queues/celery/messages")).getJsonArray("messages"))
        .hasSize(1);
  }

  @Test
  void shouldShowWhereACommandStands() {
    JsonObject command = json(gateway.get("/api/v1/commands/known"));
    assertThat(command.getString("status")).isEqualTo("confirmed");
    assertThat(command.getString("task")).isEqualTo("u1");
    assertThat(gateway.get("/api/v1/commands/unknown").statusCode()).isEqualTo(404);
  }

  @Test
  void shouldAcceptACommandWithItsIdempotencyKey() {
    HttpResponse<String> response =
        gateway.post(
            "/api/v1/tasks/u%2F1/revoke",
            "{\"terminate\":true,\"signal\":\"SIGKILL\"}",
            "Content-Type",
            "application/json",
            "Idempotency-Key",
            "k1");
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).getString("commandId")).startsWith("c");
    Command.Revoke revoke =
        (Command.Revoke)
            gateway.commands.stream()
                .filter(request -> "k1".equals(request.msgId()))
                .findFirst()
                .orElseThrow()
                .command();
    assertThat(revoke.uuids()).containsExactly("u/1");
    assertThat(revoke.signal()).isEqualTo("SIGKILL");
  }

  @Test
  void shouldMeasureHowLongACommandWaitsForItsAnswer() {
    long before = gateway.metrics.get("apfa_gateway_command").timer().count();
    gateway.post("/api/v1/tasks/u1/revoke", "{}", "Content-Type", "application/json");
    assertThat(gateway.metrics.get("apfa_gateway_command").timer().count()).isEqualTo(before + 1);
  }

  @Test
  void shouldShowWhatAlertsWatchBeforeItHappens() {
    assertThat(
            gateway.metrics.get("apfa_gateway_disconnects").tag("code", "3504").counter().count())
        .isZero();
    assertThat(gateway.metrics.get("apfa_gateway_recoveries").tag("result", "lost").counter())
        .isNotNull();
    assertThat(gateway.metrics.get("apfa_gateway_log_pulls").tag("source", "celery").counter())
        .isNotNull();
  }

  @Test
  void shouldAnswerSeveralUuidsWithAList() {
    HttpResponse<String> response =
        gateway.post(
            "/api/v1/tasks/revoke", "{\"uuids\":[\"a\"]}", "Content-Type", "application/json");
    assertThat(json(response).getJsonArray("commands")).hasSize(1);
  }

  @Test
  void shouldTellConflictBadBodyAndWrongMediaType() {
    assertThat(
            gateway
                .post(
                    "/api/v1/tasks/u1/revoke",
                    "{}",
                    "Content-Type",
                    "application/json",
                    "Idempotency-Key",
                    "refused")
                .statusCode())
        .isEqualTo(409);
    HttpResponse<String> bad =
        gateway.post(
            "/api/v1/workers/w1@host/pool", "{\"delta\":0}", "Content-Type", "application/json");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(json(bad).getString("detail")).contains("delta");
    assertThat(gateway.post("/api/v1/tasks/u1/revoke", "{}").statusCode()).isEqualTo(415);
    assertThat(
            gateway
                .post("/api/v1/tasks/u1/revoke", "{}", "Content-Type", "text/plain")
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void shouldAnswerNotModifiedToTheSameEtag() {
    HttpResponse<String> first = gateway.get("/api/v1/groups/g1");
    String etag = first.headers().firstValue("etag").orElseThrow();
    assertThat(gateway.get("/api/v1/groups/g1", "If-None-Match", etag).statusCode()).isEqualTo(304);
  }

  @Test
  void shouldLongPollARoom() {
    JsonObject now = json(gateway.get("/api/v1/rooms/celery:tasks/publications"));
    assertThat(now.getBoolean("recovered")).isFalse();
    assertThat(now.getJsonArray("updates")).isEmpty();
    JsonObject all =
        json(gateway.get("/api/v1/rooms/celery%3Atasks/publications?position=e1:1&wait=1"));
    assertThat(all.getBoolean("recovered")).isTrue();
    assertThat(all.getString("position")).isEqualTo(now.getString("position"));
    assertThat(all.getJsonArray("updates")).hasSize(25);
    long before = System.nanoTime();
    JsonObject none =
        json(
            gateway.get(
                "/api/v1/rooms/celery:tasks/publications?wait=1&position="
                    + now.getString("position")));
    assertThat(none.getJsonArray("updates")).isEmpty();
    assertThat(System.nanoTime() - before).isGreaterThan(900_000_000L);
    JsonObject queues = json(gateway.get("/api/v1/rooms/celery:queues/publications"));
    assertThat(queues.getJsonArray("updates")).hasSize(1);
    assertThat(gateway.get("/api/v1/rooms/other:tasks/publications").statusCode()).isEqualTo(404);
  }

  @Test
  void shouldServeThePageWithItsHeadersAndItselfForPathsOfThePage() {
    for (String path : List.of("/", "/tasks", "/tasks/u1")) {
      HttpResponse<String> page = gateway.get(path);
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains("page under test");
      assertThat(page.headers().firstValue("content-security-policy").orElse(""))
          .contains("default-src 'self'")
          .contains("frame-ancestors 'none'");
      assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
    }
    assertThat(gateway.get("/assets/app-123.js").headers().firstValue("cache-control").orElse(""))
        .contains("immutable");
    assertThat(gateway.get("/assets/none.js").statusCode()).isEqualTo(404);
    assertThat(gateway.get("/../../etc/passwd").statusCode()).isIn(200, 400, 404);
  }

  @Test
  void shouldSayItIsUp() {
    HttpResponse<String> health = gateway.get("/health");
    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body()).isEqualTo("up");
  }

  @Test
  void shouldRefuseForeignOriginsAndHosts() {
    assertThat(
            gateway
                .post(
                    "/api/v1/tasks/u1/revoke",
                    "{}",
                    "Content-Type",
                    "application/json",
                    "Origin",
                    "https://evil.example")
                .statusCode())
        .isEqualTo(403);
    assertThat(gateway.get("/eventbus/info", "Origin", "https://evil.example").statusCode())
        .isEqualTo(403);
    assertThat(gateway.get("/api/v1/limits", "Origin", gateway.url("")).statusCode())
        .isEqualTo(200);
  }
}
