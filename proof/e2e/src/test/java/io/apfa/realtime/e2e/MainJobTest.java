package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The main job: what a real worker runs is seen moving in a real browser. */
class MainJobTest {
  @Test
  void shouldShowEveryFinalStateOfARealWorkerInARealBrowserFromOneJvm() {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url())) {
      seeTasksMove(redis, nodes, "one-jvm");
    }
  }

  @Test
  void shouldShowTheSameThroughFourJvms() {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.fourJvms(redis.url())) {
      seeTasksMove(redis, nodes, "four-jvms");
    }
  }

  private static void seeTasksMove(RedisServer redis, Nodes nodes, String name) {
    try (CeleryApp celery = CeleryApp.start(redis.url());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      browser.awaitConnection("live");

      Map<String, List<String>> uuids =
          celery.publish("add", "fail", "flaky", "progress", "sleep", "late", "group");
      String running = uuids.get("sleep").get(0);
      String waiting = uuids.get("late").get(0);
      browser.awaitRow(running, "STARTED");
      browser.awaitRow(waiting, "RECEIVED");

      browser.click("[data-testid=\"revoke-" + waiting + "\"]");
      revokeRunning(nodes, running);

      List<String> successes = new ArrayList<>(uuids.get("add"));
      successes.addAll(uuids.get("flaky"));
      successes.addAll(uuids.get("progress"));
      successes.addAll(uuids.get("group"));
      for (String uuid : successes) {
        browser.awaitRow(uuid, "SUCCESS");
      }
      browser.awaitRow(uuids.get("fail").get(0), "FAILURE");
      browser.awaitRow(running, "REVOKED");
      browser.screenshot(name);

      String failed =
          ApfaProcess.get(nodes.gateway().url("/api/v1/tasks/" + uuids.get("fail").get(0)));
      assertThat(failed).contains("ValueError", "Traceback", "späť <b>no</b>");
      String retried =
          ApfaProcess.get(nodes.gateway().url("/api/v1/tasks/" + uuids.get("flaky").get(0)));
      assertThat(retried).contains("\"retries\":1", "task-retried");
      assertThat(ApfaProcess.get(nodes.gateway().url("/api/v1/workers"))).contains("e2e@worker");
      assertThat(ApfaProcess.get(nodes.gateway().management("/metrics")))
          .contains("# TYPE apfa_ws_connections_total gauge")
          .containsPattern("apfa_ws_messages_sent_total\\{[^}]*event=\"")
          .containsPattern("apfa_ws_message_size_bytes_bucket\\{[^}]*event=\"");
      assertThat(celery.log()).contains("Terminating " + running);
    }
  }

  private static void revokeRunning(Nodes nodes, String uuid) {
    var answer =
        ApfaProcess.post(
            nodes.gateway().url("/api/v1/tasks/" + uuid + "/revoke"),
            "{\"terminate\":true,\"signal\":\"SIGTERM\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(answer.body()).contains("\"commandId\":\"");
    String commandId = answer.body().replaceAll(".*\"commandId\":\"([^\"]+)\".*", "$1");
    await("the command is confirmed by the worker")
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                ApfaProcess.get(nodes.gateway().url("/api/v1/commands/" + commandId))
                    .contains("\"confirmed\""));
  }
}
