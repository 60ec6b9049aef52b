package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Task;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bus lies, owners change, clients are slow: what a session sees all the same. */
class RecoveryTest {
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = TestGateway.start();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private void publish(String... uuids) {
    for (String uuid : uuids) {
      gateway.owner.publish(Task.builder(uuid).state("STARTED").build());
    }
  }

  private TestClient joined(String... headers) {
    TestClient client = gateway.connect();
    client.register("celery:tasks", headers.length == 0 ? new String[] {"ack", "1"} : headers);
    assertThat(client.next().getString("type")).isEqualTo("registered");
    return client;
  }

  /** Reads batches up to {@code offset} and checks that they follow each other. */
  private static List<String> follow(TestClient client, long from, long offset) {
    List<String> uuids = new ArrayList<>();
    long end = from;
    while (end < offset) {
      JsonObject body = client.next().getJsonObject("body");
      assertThat(body.getLong("from")).isLessThanOrEqualTo(end + 1);
      assertThat(body.getLong("offset")).isGreaterThan(end);
      end = body.getLong("offset");
      body.getJsonArray("updates")
          .forEach(
              update -> uuids.add(((JsonObject) update).getJsonObject("data").getString("uuid")));
    }
    return uuids;
  }

  @Test
  void shouldPullALostBatchFromTheLogBeforeLaterOnes() {
    TestClient client = joined();
    publish("a");
    gateway.owner.loseMessages(true);
    publish("lost");
    gateway.owner.loseMessages(false);
    publish("b");
    assertThat(follow(client, 0, 3)).containsExactly("a", "lost", "b");
  }

  @Test
  void shouldFindALostLastBatchByTheHeadInTheInterestRenewal() {
    TestClient client = joined();
    gateway.owner.loseMessages(true);
    publish("last");
    assertThat(follow(client, 0, 1)).containsExactly("last");
  }

  @Test
  void shouldKeepTryingWhileTheLogIsOutOfReach() {
    TestClient client = joined();
    gateway.store.setReachable(false);
    gateway.owner.loseMessages(true);
    publish("lost");
    gateway.owner.loseMessages(false);
    publish("b", "c");
    client.pingThrough(1);
    assertThat(client.next().getString("type")).isEqualTo("pong");
    gateway.store.setReachable(true);
    assertThat(follow(client, 0, 3)).containsExactly("lost", "b", "c");
  }

  @Test
  void shouldReadBackFromTheLogForAPositionBeforeTheGatewaysTime() {
    publish("a", "b", "c", "d");
    TestClient client = joined("position", "e1:1");
    assertThat(follow(client, 1, 4)).containsExactly("b", "c", "d");
    TestClient second = joined("position", "e1:2");
    assertThat(follow(second, 2, 4)).containsExactly("c", "d");
    assertThat(gateway.store.reads()).isEqualTo(1);
  }

  @Test
  void shouldSayNotRecoveredAndSendTheSnapshotWhenTheLogWasTrimmed() {
    publish("a", "b", "c", "d");
    gateway.store.trimBefore(4);
    TestClient client = gateway.connect();
    client.register("celery:tasks", "position", "e1:1", "snapshot", "all");
    JsonObject registered = client.next().getJsonObject("body");
    assertThat(registered.getBoolean("recovered")).isFalse();
    assertThat(registered.getString("position")).isEqualTo("e1:4");
    assertThat(client.next().getJsonObject("body").getJsonArray("tasks")).hasSize(4);
  }

  @Test
  void shouldRegisterAnewWhenTheOwnerBeginsANewEpoch() {
    TestClient client = joined("snapshot", "all");
    client.next();
    publish("a");
    client.next();
    gateway.owner.restart("e2");
    publish("b");
    JsonObject again = client.next(frame -> "registered".equals(frame.getString("type")));
    assertThat(again.getJsonObject("body").getBoolean("recovered")).isFalse();
    assertThat(again.getJsonObject("body").getString("position")).startsWith("e2:");
    JsonObject snapshot = client.next().getJsonObject("body");
    assertThat(snapshot.getString("epoch")).isEqualTo("e2");
    long at = snapshot.getLong("offset");
    publish("c");
    follow(client, at, at + 1);
  }

  @Test
  void shouldIgnoreAPositionOfTheFuture() {
    publish("a");
    TestClient client = gateway.connect();
    client.register("celery:tasks", "position", "e1:99");
    JsonObject registered = client.next().getJsonObject("body");
    assertThat(registered.getBoolean("recovered")).isFalse();
    assertThat(registered.getString("position")).isEqualTo("e1:1");
  }

  @Test
  void shouldHoldAndConflateASessionThatIsOverItsPermits() {
    gateway.limits(
        Limits.DEFAULTS
            .with(LimitKey.SESSION_BURST, 1)
            .with(LimitKey.SESSION_MESSAGES_PER_SECOND, 4),
        1);
    TestClient client = joined();
    for (int i = 0; i < 40; i++) {
      gateway.owner.publish(
          Task.builder("same").state("STARTED").retries(i).build(),
          Task.builder("u" + i).state("STARTED").build());
    }
    int frames = 0;
    long end = 0;
    int lastRetries = -1;
    boolean conflated = false;
    List<String> uuids = new ArrayList<>();
    while (end < 80) {
      JsonObject body = client.next().getJsonObject("body");
      assertThat(body.getLong("from")).isLessThanOrEqualTo(end + 1);
      end = body.getLong("offset");
      conflated |= body.getBoolean("conflated");
      frames++;
      for (Object each : body.getJsonArray("updates")) {
        JsonObject data = ((JsonObject) each).getJsonObject("data");
        if (data.getString("uuid").equals("same")) {
          assertThat(data.getInteger("retries")).isGreaterThan(lastRetries);
          lastRetries = data.getInteger("retries");
        } else {
          uuids.add(data.getString("uuid"));
        }
      }
    }
    assertThat(conflated).isTrue();
    assertThat(frames).isLessThan(15);
    assertThat(lastRetries).isEqualTo(39);
    assertThat(uuids).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void shouldApplyOtherLimitsToOpenSessions() {
    TestClient client = joined();
    gateway.limits(Limits.DEFAULTS.with(LimitKey.HEARTBEAT_CLOSE_AFTER_MILLIS, 400), 1);
    assertThat(client.closeCode()).isEqualTo(3005);
  }

  @Test
  void shouldPingAfterSilenceAndTakeThePongAsLife() {
    gateway.limits(
        Limits.DEFAULTS
            .with(LimitKey.HEARTBEAT_PING_AFTER_MILLIS, 100)
            .with(LimitKey.HEARTBEAT_CLOSE_AFTER_MILLIS, 1500),
        1);
    TestClient client = joined();
    org.awaitility.Awaitility.await()
        .during(java.time.Duration.ofSeconds(3))
        .atMost(java.time.Duration.ofSeconds(10))
        .until(() -> !client.closed.isDone());
  }

  @Test
  void shouldCloseWithADelayOfItsOwnWhenItDrains() {
    gateway.limits(Limits.DEFAULTS.with(LimitKey.DRAIN_WINDOW_MILLIS, 300), 1);
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      clients.add(joined());
    }
    TestGateway.await(gateway.gateway.drain());
    for (TestClient client : clients) {
      assertThat(client.closeCode()).isEqualTo(3000);
      assertThat(client.closeReason.join()).matches("\\d+");
    }
    assertThat(gateway.get("/health").statusCode()).isEqualTo(503);
  }

  @Test
  void shouldCloseASlowConsumerAndLeaveTheOthersAlone() throws Exception {
    gateway.limits(
        Limits.DEFAULTS
            .with(LimitKey.SESSION_SLOW_TIMEOUT_MILLIS, 1500)
            .with(LimitKey.SESSION_MESSAGES_PER_SECOND, 1000)
            .with(LimitKey.SESSION_BURST, 1000),
        1);
    TestClient slow = joined();
    TestClient fast = joined();
    slow.socket.pause();
    String big = "x".repeat(20_000);
    List<String> heard = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      Task[] tasks = new Task[10];
      for (int j = 0; j < tasks.length; j++) {
        tasks[j] = Task.builder("u" + i + "-" + j).state("STARTED").args(big).build();
      }
      gateway.owner.publish(tasks);
      heard.addAll(follow(fast, i * 10L, i * 10L + 10));
    }
    assertThat(heard).hasSize(4000);
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(10))
        .until(
            () ->
                gateway
                        .metrics
                        .get("apfa_gateway_disconnects")
                        .tag("code", "3002")
                        .counter()
                        .count()
                    > 0);
    assertThat(gateway.metrics.get("apfa_gateway_outbox_bytes").gauge().value())
        .isLessThan(2_000_000);
    slow.socket.resume();
    assertThat(slow.closeCode()).isIn(3002, 1006);
  }
}
