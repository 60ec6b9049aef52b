package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A real worker with a prefork pool, killed with SIGKILL in the middle of tasks. It says nothing
 * any more, and Celery's own State shows its tasks STARTED for ever; we say that this is in doubt.
 */
class WorkerFaultsTest {
  @Test
  void shouldDoubtTheTasksOfAKilledWorkerAndNameIt() {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url());
        CeleryApp celery = CeleryApp.start(redis.url())) {
      ApfaProcess node = nodes.gateway();
      RoomListener room =
          new RoomListener(() -> "ws://127.0.0.1:" + node.httpPort() + "/eventbus/websocket");
      await("registered").until(room::isRegistered);
      String ended = celery.publish("add").get("add").get(0);
      List<String> running = celery.publish("sleep", "sleep").get("sleep");
      await("tasks run")
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  room.states().getOrDefault(ended, "").equals("SUCCESS")
                      && running.stream()
                          .allMatch(uuid -> "STARTED".equals(room.states().get(uuid))));
      double killed = System.currentTimeMillis() / 1000.0;

      celery.kill();

      await("the tasks are in doubt")
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(
              () -> {
                Map<String, JsonObject> tasks = node.tasks();
                for (String uuid : running) {
                  JsonObject task = tasks.get(uuid);
                  assertThat(task.getString("state")).isEqualTo("STARTED");
                  assertThat(task.getJsonObject("suspect")).as("%s", task).isNotNull();
                  assertThat(task.getJsonObject("suspect").getString("reason"))
                      .isEqualTo("worker-silent");
                }
                assertThat(tasks.get(ended).getValue("suspect")).isNull();
              });
      double doubted = System.currentTimeMillis() / 1000.0;
      assertThat(room.gaps())
          .as("gaps")
          .anySatisfy(
              gap -> {
                assertThat(gap.getString("worker")).isEqualTo("e2e@worker");
                assertThat(gap.getDouble("since")).isLessThanOrEqualTo(killed + 1);
                assertThat(gap.getDouble("until")).isGreaterThanOrEqualTo(killed);
              });
      await("the worker is offline")
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  ApfaProcess.get(node.url("/api/v1/workers")).contains("\"status\":\"offline\""));
      FaultReport.add(
          "worker killed in the middle of tasks",
          Map.of("tasks", running.size(), "in_doubt_after_ms", (long) ((doubted - killed) * 1000)));
      room.close();
    }
  }
}
