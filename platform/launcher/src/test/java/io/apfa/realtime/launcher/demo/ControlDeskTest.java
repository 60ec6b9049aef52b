package io.apfa.realtime.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ControlDeskTest {
  private static final long NOW = 1_795_555_000_000L;

  private final List<RedisCommand> out = new ArrayList<>();
  private final DemoWorker worker =
      new DemoWorker(new KombuNames(0), "demo@test", 700, Set.of("celery"), 1, new Random(1));
  private final ControlDesk desk = new ControlDesk(worker);

  @Test
  void shouldAnswerAPingInAnEnvelopeThatCarriesTheTicket() {
    ControlRequest request = request("ping", new JsonObject());

    String reply = desk.reply(request, desk.answer(request, NOW, out), "tag-1");

    JsonObject envelope = new JsonObject(reply);
    assertThat(envelope.getJsonObject("headers").getString("ticket")).isEqualTo("ticket-1");
    JsonObject properties = envelope.getJsonObject("properties");
    assertThat(properties.getString("delivery_tag")).isEqualTo("tag-1");
    assertThat(properties.getJsonObject("delivery_info").getString("routing_key"))
        .isEqualTo("oid-1");
    assertThat(new JsonObject(Envelope.read(reply).body()))
        .isEqualTo(new JsonObject("{\"demo@test\":{\"ok\":\"pong\"}}"));
  }

  @Test
  void shouldListWhatRunsWhatWaitsAndWhatIsScheduled() {
    receive("running", 0);
    worker.tick(NOW, out);
    receive("waiting", 0);
    receive("later", NOW + 10_000);

    JsonArray active = new JsonArray(answer("active"));
    assertThat(active.getJsonObject(0).getString("id")).isEqualTo("running");
    assertThat(active.getJsonObject(0).getJsonArray("args")).containsExactly(10);
    assertThat(active.getJsonObject(0).getDouble("time_start")).isEqualTo(NOW / 1000.0);
    assertThat(new JsonArray(answer("reserved")).getJsonObject(0).getString("id"))
        .isEqualTo("waiting");
    JsonObject scheduled = new JsonArray(answer("scheduled")).getJsonObject(0);
    assertThat(scheduled.getJsonObject("request").getString("id")).isEqualTo("later");
    assertThat(scheduled.getString("eta")).endsWith("+00:00");
  }

  @Test
  void shouldFindTasksById() {
    receive("running", 0);
    worker.tick(NOW, out);
    receive("waiting", 0);
    JsonObject arguments =
        new JsonObject().put("ids", new JsonArray().add("waiting").add("running").add("unknown"));

    JsonObject found = new JsonObject(desk.answer(request("query_task", arguments), NOW, out));

    assertThat(found.fieldNames()).containsExactlyInAnyOrder("waiting", "running");
    assertThat(found.getJsonArray("running").getString(0)).isEqualTo("active");
    assertThat(found.getJsonArray("waiting").getString(0)).isEqualTo("reserved");
  }

  @Test
  void shouldSayWhichRevokedTasksWereTerminated() {
    receive("running", 0);
    worker.tick(NOW, out);

    assertThat(revoke("running", false)).isEqualTo("{\"ok\":\"tasks running flagged as revoked\"}");
    assertThat(revoke("other", true)).isEqualTo("{\"ok\":\"terminate: tasks unknown\"}");
    assertThat(revoke("running", true)).isEqualTo("{\"ok\":\"terminate: running\"}");
    assertThat(WireEvents.typesOf("running", out)).endsWith("task-revoked");
  }

  @Test
  void shouldRevokeAListOfTasks() {
    JsonObject arguments = new JsonObject().put("task_id", new JsonArray().add("a").add("b"));

    desk.answer(request("revoke", arguments), NOW, out);

    assertThat(worker.revoked()).containsExactly("a", "b");
  }

  @Test
  void shouldTellItsStatsTasksAndQueues() {
    receive("running", 0);
    worker.tick(NOW, out);

    JsonObject stats = new JsonObject(answer("stats"));
    assertThat(stats.getJsonObject("total").getInteger("orders.long")).isEqualTo(1);
    assertThat(stats.getInteger("pid")).isEqualTo(700);
    assertThat(new JsonArray(answer("registered"))).contains("orders.add", "reports.render");
    assertThat(new JsonArray(answer("active_queues")).getJsonObject(0).getString("name"))
        .isEqualTo("celery");
  }

  @Test
  void shouldStopAndResumeTakingFromAQueue() {
    JsonObject queue = new JsonObject().put("queue", "celery");

    desk.answer(request("cancel_consumer", queue), NOW, out);
    assertThat(worker.queues()).isEmpty();

    desk.answer(request("add_consumer", queue), NOW, out);
    assertThat(worker.queues()).containsExactly("celery");
  }

  @Test
  void shouldAnswerAnUnknownMethodAsCeleryDoes() {
    assertThat(answer("no_such_cmd")).isEqualTo("{\"error\":\"KeyError('no_such_cmd')\"}");
  }

  @Test
  void shouldHearOnlyWhatIsMeantForIt() {
    assertThat(targeted("{}").isFor("demo@test")).isTrue();
    assertThat(targeted("{\"destination\":[\"demo@test\"]}").isFor("demo@test")).isTrue();
    assertThat(targeted("{\"destination\":[\"other@test\"]}").isFor("demo@test")).isFalse();
    assertThat(targeted("{\"pattern\":\"demo@*\",\"matcher\":\"glob\"}").isFor("demo@test"))
        .isTrue();
    assertThat(targeted("{\"pattern\":\"x@*\",\"matcher\":\"glob\"}").isFor("demo@test")).isFalse();
    assertThat(targeted("{\"pattern\":\"demo@.+\",\"matcher\":\"pcre\"}").isFor("demo@test"))
        .isTrue();
    assertThat(targeted("{\"pattern\":\"(\",\"matcher\":\"pcre\"}").isFor("demo@test")).isFalse();
  }

  @Test
  void shouldRefuseWhatIsNoRequest() {
    assertThatThrownBy(() -> ControlRequest.read("garbage")).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> ControlRequest.read("{}")).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> ControlRequest.read("{\"body\":\"{}\"}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void receive(String id, long etaMillis) {
    worker.receive(DemoTask.of(id, "orders.long", "celery", "[10]").at(etaMillis), NOW, out);
  }

  private String answer(String method) {
    return desk.answer(request(method, new JsonObject()), NOW, out);
  }

  private String revoke(String id, boolean terminate) {
    JsonObject arguments = new JsonObject().put("task_id", id).put("terminate", terminate);
    return desk.answer(request("revoke", arguments), NOW, out);
  }

  private static ControlRequest targeted(String target) {
    return read(new JsonObject(target).put("method", "ping"));
  }

  private static ControlRequest request(String method, JsonObject arguments) {
    return read(
        new JsonObject()
            .put("method", method)
            .put("arguments", arguments)
            .putNull("destination")
            .put("ticket", "ticket-1")
            .put(
                "reply_to",
                new JsonObject()
                    .put("exchange", "reply.celery.pidbox")
                    .put("routing_key", "oid-1")));
  }

  private static ControlRequest read(JsonObject body) {
    return ControlRequest.read(new JsonObject().put("body", body.encode()).encode());
  }
}
