package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitOverride.Scope;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.LimitsRecord.Entry;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits that are another for some users and roles than for the rest. */
class OverridesTest {
  private TestGateway gateway;
  private long version;

  @BeforeEach
  void start() {
    gateway = TestGateway.start(AuthenticationTest.OPTIONS);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static LimitOverride of(Scope scope, String name, LimitKey key, double value) {
    return new LimitOverride(scope, name, key.key(), value);
  }

  private void override(LimitOverride... overrides) {
    LimitPolicy policy = LimitPolicy.of(Limits.DEFAULTS, List.of(overrides));
    gateway.limits(policy, ++version);
    Awaitility.await().until(() -> gateway.node.limits().policy().equals(policy));
  }

  private static String bearer(String user, String role) {
    return "Bearer " + AuthenticationTest.token(AuthenticationTest.claims(user, role));
  }

  private TestClient connect(String user, String role) {
    return TestClient.connect(
        gateway.vertx,
        gateway.port(),
        "/eventbus/websocket",
        Map.of("Authorization", bearer(user, role)));
  }

  private TestClient joined(String user, String role) {
    TestClient client = connect(user, role);
    client.register("celery:tasks", "ack", "1");
    assertThat(client.next().getString("type")).isEqualTo("registered");
    return client;
  }

  private void publish(String uuid) {
    gateway.owner.publish(Task.builder(uuid).state("STARTED").build());
  }

  private static String register(TestClient client, String room) {
    client.register(room, "ack", "1");
    JsonObject answer = client.next();
    return answer.getString("failureType", answer.getString("type"));
  }

  @Test
  void shouldBoundTheRoomsOfAnOpenSessionByItsUserThenByItsRole() {
    TestClient ada = joined("ada", "viewer");
    TestClient bob = joined("bob", "viewer");
    TestClient eve = joined("eve", "operator");
    override(
        of(Scope.ROLE, "viewer", LimitKey.SESSION_MAX_ROOMS, 1),
        of(Scope.USER, "ada", LimitKey.SESSION_MAX_ROOMS, 2));
    assertThat(register(bob, "celery:queues")).isEqualTo("RATE_EXCEEDED");
    assertThat(register(ada, "celery:workers")).isEqualTo("registered");
    assertThat(register(ada, "celery:queue:a")).isEqualTo("RATE_EXCEEDED");
    assertThat(register(eve, "celery:queue:a")).isEqualTo("registered");
    assertThat(register(eve, "celery:queue:b")).isEqualTo("registered");
  }

  @Test
  void shouldHoldOneUserByItsPermitsAndLetItGoOnceTheOverrideIsGone() {
    override(
        of(Scope.USER, "ada", LimitKey.SESSION_MESSAGES_PER_SECOND, 0.1),
        of(Scope.USER, "ada", LimitKey.SESSION_BURST, 1),
        of(Scope.USER, "ada", LimitKey.SESSION_MAX_HOLD_MILLIS, 10_000));
    TestClient ada = joined("ada", "viewer");
    TestClient bob = joined("bob", "viewer");
    publish("u1");
    assertThat(ada.next().getJsonObject("body").getLong("offset")).isEqualTo(1);
    for (int offset = 1; offset <= 3; offset++) {
      assertThat(bob.next().getJsonObject("body").getLong("offset")).isEqualTo(offset);
      if (offset < 3) {
        publish("u" + (offset + 1));
      }
    }
    ada.pingThrough(1);
    assertThat(ada.next().getString("type")).isEqualTo("pong");
    override();
    JsonObject held = ada.next().getJsonObject("body");
    assertThat(held.getLong("offset")).isEqualTo(3);
    assertThat(held.getJsonArray("updates")).hasSize(2);
  }

  @Test
  void shouldLetASessionBeginWithAllThePermitsItsUserHas() {
    override(of(Scope.USER, "ada", LimitKey.SESSION_BURST, 60));
    TestClient ada = joined("ada", "viewer");
    long startedNanos = System.nanoTime();
    for (int offset = 1; offset <= 60; offset++) {
      publish("u" + offset);
      assertThat(ada.next().getJsonObject("body").getLong("offset")).isEqualTo(offset);
    }
    assertThat((System.nanoTime() - startedNanos) / 1e9).isLessThan(3);
  }

  @Test
  void shouldBoundTheSessionsOfOneUser() {
    override(of(Scope.USER, "ada", LimitKey.GATEWAY_SESSIONS_PER_USER, 1));
    joined("ada", "viewer");
    assertThat(connect("ada", "viewer").closeCode()).isEqualTo(3003);
    joined("bob", "viewer");
    joined("bob", "viewer");
  }

  @Test
  void shouldGrantCommandsByItselfByTheUsersOwnLimitWhileNoRateLimitVerticleLives() {
    override(of(Scope.USER, "ada", LimitKey.COMMANDS_BURST_PER_USER, 2));
    for (int i = 0; i < 2; i++) {
      assertThat(revoke("ada")).isEqualTo(202);
      assertThat(revoke("bob")).isEqualTo(202);
    }
    assertThat(revoke("ada")).isEqualTo(429);
    assertThat(revoke("bob")).isEqualTo(202);
  }

  private int revoke(String user) {
    return gateway
        .post(
            "/api/v1/tasks/u1/revoke",
            "{}",
            "Content-Type",
            "application/json",
            "Authorization",
            bearer(user, "operator"))
        .statusCode();
  }

  @Test
  void shouldShowOverridesAndOtherUsersOnlyToThoseWhoAreNoViewers() {
    override(
        of(Scope.ROLE, "viewer", LimitKey.SESSION_BURST, 5),
        of(Scope.USER, "ada", LimitKey.SESSION_BURST, 6),
        of(Scope.USER, "bob", LimitKey.SESSION_MESSAGES_PER_SECOND, 2.5),
        of(Scope.ROOMS, "celery:*", LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, 500));
    JsonObject all = overrides("eve", "operator");
    assertThat(all)
        .isEqualTo(
            new JsonObject(
                """
                {"roles":{"viewer":{"session.burst":5}},
                "users":{"ada":{"session.burst":6},"bob":{"session.messages-per-second":2.5}},
                "rooms":{"celery:*":{"batch.flush-interval-millis":500}}}
                """));
    JsonObject own = overrides("ada", "viewer");
    assertThat(own.getJsonObject("users").fieldNames()).containsExactly("ada");
    assertThat(own.getJsonObject("roles")).isEqualTo(all.getJsonObject("roles"));
  }

  @Test
  void shouldShowWhatBecameOfTheFileAndOtherUsersLimitsOnlyToThoseWhoAreNoViewers() {
    assertThat(limits("eve", "operator").getValue("history")).isNull();
    gateway.limitsRecord =
        new BusMessage.LimitsRecord(
            new NodeId("r1"),
            "conf/limits.yaml",
            List.of(
                new Entry(2, 2500, true, List.of("x: 1 (expected: a known limit)")),
                new Entry(
                    2,
                    2000,
                    false,
                    List.of(
                        "session.burst: 20 -> 30",
                        "overrides.users.ada.session.burst: as common -> 5",
                        "overrides.users.bob.session.burst: as common -> 6"))));
    JsonObject all = limits("eve", "operator").getJsonObject("history");
    assertThat(all)
        .isEqualTo(
            new JsonObject(
                """
                {"node":"r1","file":"conf/limits.yaml","entries":[
                {"version":2,"at":2.500,"refused":true,"problems":["x: 1 (expected: a known limit)"]},
                {"version":2,"at":2.000,"refused":false,"changes":["session.burst: 20 -> 30",
                "overrides.users.ada.session.burst: as common -> 5",
                "overrides.users.bob.session.burst: as common -> 6"]}]}
                """));
    JsonObject own = limits("ada", "viewer").getJsonObject("history");
    assertThat(own.getJsonArray("entries").getJsonObject(1).getJsonArray("changes"))
        .containsExactly(
            "session.burst: 20 -> 30", "overrides.users.ada.session.burst: as common -> 5");
  }

  private JsonObject limits(String user, String role) {
    return new JsonObject(
        gateway.get("/api/v1/limits", "Authorization", bearer(user, role)).body());
  }

  private JsonObject overrides(String user, String role) {
    return limits(user, role).getJsonObject("overrides");
  }
}
