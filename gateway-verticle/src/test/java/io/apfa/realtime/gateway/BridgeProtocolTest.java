package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bridge's protocol on a real server, over the raw WebSocket. */
class BridgeProtocolTest {
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = TestGateway.start();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static Task task(String uuid, String state) {
    return Task.builder(uuid).name("orders.add").state(state).queue("celery").build();
  }

  @Test
  void shouldSendBatchesToAStockClientAndNothingElse() {
    TestClient client = gateway.connect();
    client.register("celery:tasks");
    client.pingThrough(1);
    assertThat(client.next().getString("type")).isEqualTo("pong");
    waitForLive();

    gateway.owner.publish(task("u1", "STARTED"));

    JsonObject rec = client.next();
    assertThat(rec.getString("type")).isEqualTo("rec");
    assertThat(rec.getString("address")).isEqualTo("celery:tasks");
    JsonObject body = rec.getJsonObject("body");
    assertThat(body.getString("type")).isEqualTo("batch_update");
    assertThat(body.getLong("from")).isEqualTo(1);
    assertThat(body.getLong("offset")).isEqualTo(1);
    JsonObject update = body.getJsonArray("updates").getJsonObject(0);
    assertThat(update.getString("type")).isEqualTo("task_update");
    assertThat(update.getJsonObject("data").getString("uuid")).isEqualTo("u1");
  }

  @Test
  void shouldNotAnswerABarePing() {
    TestClient client = gateway.connect();
    client.send(new JsonObject().put("type", "ping"));
    client.pingThrough(7);
    assertThat(client.next().getLong("timestamp")).isEqualTo(7);
  }

  @Test
  void shouldSayWhereTheStreamGoesOnBeforeAnyPublication() {
    gateway.owner.publish(task("u1", "STARTED"), task("u2", "STARTED"));
    TestClient client = gateway.connect();
    client.register("celery:tasks", "ack", "true");

    JsonObject registered = client.next();
    assertThat(registered.getString("type")).isEqualTo("registered");
    assertThat(registered.getString("address")).isEqualTo("celery:tasks");
    JsonObject body = registered.getJsonObject("body");
    assertThat(body.getString("position")).isEqualTo("e1:2");
    assertThat(body.getBoolean("recovered")).isFalse();
    assertThat(body.getString("encoding")).isEqualTo("json");
  }

  @Test
  void shouldGoOnFromAPositionWithoutAGap() {
    gateway.owner.publish(task("u1", "STARTED"), task("u2", "STARTED"));
    gateway.owner.publish(task("u3", "STARTED"));
    TestClient client = gateway.connect();
    client.register("celery:tasks", "position", "e1:1");

    JsonObject body = client.next().getJsonObject("body");
    assertThat(body.getBoolean("recovered")).isTrue();
    assertThat(body.getString("position")).isEqualTo("e1:1");
    List<String> uuids = uuidsUntil(client, 3);
    assertThat(uuids).containsExactly("u2", "u3");
  }

  @Test
  void shouldSendTheSnapshotThenTheStreamFromItsOffset() {
    for (int i = 0; i < 60; i++) {
      gateway.owner.publish(task("u" + i, "SUCCESS"));
    }
    TestClient client = gateway.connect();
    client.register("celery:tasks", "snapshot", "all");

    JsonObject registered = client.next().getJsonObject("body");
    assertThat(registered.getString("position")).isEqualTo("e1:60");
    JsonObject snapshot = client.next().getJsonObject("body");
    assertThat(snapshot.getString("type")).isEqualTo("snapshot");
    assertThat(snapshot.getLong("offset")).isEqualTo(60);
    assertThat(snapshot.getInteger("part")).isEqualTo(1);
    assertThat(snapshot.getInteger("parts")).isEqualTo(1);
    assertThat(snapshot.getJsonArray("tasks")).hasSize(60);

    gateway.owner.publish(task("v", "STARTED"));
    JsonObject batch = client.next().getJsonObject("body");
    assertThat(batch.getLong("from")).isEqualTo(61);
  }

  @Test
  void shouldSayWhenAPositionIsOfAnotherEpoch() {
    gateway.owner.publish(task("u1", "STARTED"));
    TestClient client = gateway.connect();
    client.register("celery:tasks", "position", "old:7");
    JsonObject body = client.next().getJsonObject("body");
    assertThat(body.getBoolean("recovered")).isFalse();
    assertThat(body.getString("position")).isEqualTo("e1:1");
  }

  @Test
  void shouldSendBinaryFramesWhenAsked() {
    TestClient client = gateway.connect();
    client.register("celery:tasks", "encoding", "msgpack");
    assertThat(client.next().getJsonObject("body").getString("encoding")).isEqualTo("msgpack");
    gateway.owner.publish(task("u1", "STARTED"));
    assertThat(client.nextBinary().getByte(0)).isEqualTo((byte) 0x97);
  }

  @Test
  void shouldFilterDerivedRoomsWithTheSourcesPositions() {
    TestClient client = gateway.connect();
    client.register("celery:task:u2", "ack", "true");
    client.next();
    gateway.owner.publish(task("u1", "STARTED"));
    gateway.owner.publish(task("u2", "STARTED"), task("u3", "STARTED"));
    JsonObject batch = client.next().getJsonObject("body");
    assertThat(batch.getLong("from")).isEqualTo(1);
    assertThat(batch.getLong("offset")).isEqualTo(3);
    assertThat(batch.getJsonArray("updates")).hasSize(1);
  }

  @Test
  void shouldSendEveryCurrentValueOfLatestRoomsFirst() {
    gateway.owner.publishLatest(
        new Update.QueueDepth("a", 3, -1), new Update.QueueDepth("b", 4, -1));
    TestClient client = gateway.connect();
    client.register("celery:queues", "ack", "true");
    assertThat(client.next().getJsonObject("body").getString("position")).isEqualTo(":0");
    JsonObject all = client.next().getJsonObject("body");
    assertThat(all.getString("epoch")).isEmpty();
    assertThat(all.getJsonArray("updates")).hasSize(2);
    gateway.owner.publishLatest(new Update.QueueDepth("a", 5, -1));
    JsonObject change = client.next().getJsonObject("body");
    assertThat(change.getJsonArray("updates")).hasSize(1);
  }

  @Test
  void shouldRefuseUnknownRoomsAddressesAndPublish() {
    TestClient client = gateway.connect();
    client.register("nonsense");
    JsonObject unknown = client.next();
    assertThat(unknown.getString("type")).isEqualTo("err");
    assertThat(unknown.getString("address")).isEqualTo("nonsense");
    assertThat(unknown.getString("failureType")).isEqualTo("BAD_REQUEST");

    client.send(new JsonObject().put("type", "publish").put("address", "celery:tasks"));
    assertThat(client.next().getString("failureType")).isEqualTo("FORBIDDEN");

    client.send(
        new JsonObject()
            .put("type", "send")
            .put("address", "celery.nothing")
            .put("replyAddress", "r1")
            .put("body", new JsonObject()));
    JsonObject err = client.next();
    assertThat(err.getString("address")).isEqualTo("r1");
    assertThat(err.getInteger("failureCode")).isEqualTo(404);
  }

  @Test
  void shouldAnswerACommandOnceAtItsReplyAddress() {
    TestClient client = gateway.connect();
    client.send(
        new JsonObject()
            .put("type", "send")
            .put("address", "celery.revoke")
            .put("replyAddress", "r1")
            .put("headers", new JsonObject().put("msgId", "m1").put("user", "admin"))
            .put("body", new JsonObject().put("uuid", "u1").put("terminate", true)));
    JsonObject reply = client.next();
    assertThat(reply.getString("type")).isEqualTo("rec");
    assertThat(reply.getString("address")).isEqualTo("r1");
    assertThat(reply.getJsonObject("body").getString("commandId")).isEqualTo("c1");
    assertThat(reply.getJsonObject("body").getString("taskId")).isEqualTo("u1");
    assertThat(gateway.commands).hasSize(1);
    assertThat(gateway.commands.get(0).msgId()).isEqualTo("m1");
    assertThat(gateway.commands.get(0).user()).isEqualTo("anyone");
  }

  @Test
  void shouldTellABridgesRefusal() {
    TestClient client = gateway.connect();
    client.send(
        new JsonObject()
            .put("type", "send")
            .put("address", "celery.revoke")
            .put("replyAddress", "r1")
            .put("headers", new JsonObject().put("msgId", "refused"))
            .put("body", new JsonObject().put("uuid", "u1")));
    JsonObject err = client.next();
    assertThat(err.getString("type")).isEqualTo("err");
    assertThat(err.getString("failureType")).isEqualTo("CONFLICT");
  }

  @Test
  void shouldCloseOnTextThatIsNoJson() {
    TestClient client = gateway.connect();
    client.socket.writeTextMessage("{nonsense");
    assertThat(client.closeCode()).isEqualTo(3503);
  }

  @Test
  void shouldCloseOnAMessageThatIsTooLarge() {
    TestClient client = gateway.connect();
    client.socket.writeTextMessage("\"" + "x".repeat(100_000) + "\"");
    assertThat(client.closeCode()).isEqualTo(3504);
  }

  private void waitForLive() {
    TestClient probe = gateway.connect();
    probe.register("celery:tasks", "ack", "true");
    assertThat(probe.next().getString("type")).isEqualTo("registered");
  }

  private static List<String> uuidsUntil(TestClient client, long offset) {
    List<String> uuids = new java.util.ArrayList<>();
    while (true) {
      JsonObject body = client.next().getJsonObject("body");
      body.getJsonArray("updates")
          .forEach(
              update -> uuids.add(((JsonObject) update).getJsonObject("data").getString("uuid")));
      if (body.getLong("offset") >= offset) {
        return uuids;
      }
    }
  }
}
