package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.FreePort;
import io.apfa.realtime.testkit.RedisServer;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What goes wrong is said, survived, and made good by itself. */
class BadInputTest {
  @Test
  void shouldNameEveryProblemOfABadConfigurationAndNotStart() throws Exception {
    try (ApfaProcess node =
        ApfaProcess.start(
            Map.of(
                "APFA_BROKER_URL", "http://nonsense",
                "APFA_MANAGEMENT_PORT", "99999",
                "APFA_COMMANDS_DEADLINE", "soon",
                "APFA_GATEWAY_HTTP_PROT", "8080"))) {
      assertThat(node.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(node.process().exitValue()).isEqualTo(2);
      assertThat(node.output())
          .contains("broker.url: \"http://…\" (expected: a URL of a broker")
          .contains("management.port: \"99999\" (expected: a whole number from 0 to 65535)")
          .contains("commands.deadline: \"soon\" (expected: a duration")
          .contains("APFA_GATEWAY_HTTP_PROT: \"8080\" (expected: a known key");
    }
  }

  @Test
  void shouldSayWhichPortIsTakenAndLeaveNothingBehind() throws Exception {
    try (RedisServer redis = RedisServer.start();
        ServerSocket taken = new ServerSocket(FreePort.find())) {
      try (ApfaProcess node =
          ApfaProcess.start(
              Map.of(
                  "APFA_BROKER_URL", redis.url(),
                  "APFA_GATEWAY_HTTP_PORT", Integer.toString(taken.getLocalPort())))) {
        assertThat(node.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(node.process().exitValue()).isEqualTo(1);
        assertThat(node.output()).contains("gateway.http.port", "" + taken.getLocalPort());
      }
    }
  }

  @Test
  void shouldStartWithoutItsBrokerSayThatItIsDownAndRecoverByItself() {
    try (RedisServer redis = RedisServer.start()) {
      redis.kill();
      try (ApfaProcess node = ApfaProcess.start(Map.of("APFA_BROKER_URL", redis.url()))) {
        await("not ready, with the reason")
            .atMost(Duration.ofSeconds(20))
            .until(() -> ApfaProcess.get(node.management("/health/ready")).contains("state store"));
        redis.restart();
        node.awaitReady();
        try (Browser browser = Browser.open(node.url("/tasks"))) {
          awaitConnection(browser, "live");
          redis.kill();
          awaitConnection(browser, "recovering");
          assertThat(browser.text()).contains("broker");
          assertThat(ApfaProcess.status(node.management("/health/ready"))).isEqualTo(503);
          redis.restart();
          node.awaitReady();
          awaitConnection(browser, "live");
        }
        try (CeleryApp celery = CeleryApp.start(redis.url())) {
          String uuid = celery.publish("add").get("add").get(0);
          await("tasks move again")
              .atMost(Duration.ofSeconds(20))
              .until(() -> ApfaProcess.get(node.url("/api/v1/tasks/" + uuid)).contains("SUCCESS"));
        }
      }
    }
  }

  @Test
  void shouldCountMalformedEventsAndGoOn() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url())) {
      RedisCli cli = new RedisCli(redis.port());
      cli.call("PUBLISH", "/0.celeryev/task.multi", "this is no JSON");
      cli.call("PUBLISH", "/0.celeryev/task.multi", "{\"body\":\"[{}]\",\"properties\":{}}");
      cli.call("PUBLISH", "/0.celeryev/task.multi", "{\"no\":\"body\"}");
      await("counted")
          .atMost(Duration.ofSeconds(10))
          .until(
              () ->
                  ApfaProcess.get(nodes.gateway().management("/metrics"))
                          .lines()
                          .filter(line -> line.startsWith("apfa_events_malformed_total"))
                          .mapToDouble(
                              line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                          .sum()
                      >= 3);
      try (CeleryApp celery = CeleryApp.start(redis.url())) {
        String uuid = celery.publish("add").get("add").get(0);
        await("tasks still move")
            .atMost(Duration.ofSeconds(20))
            .until(
                () ->
                    ApfaProcess.get(nodes.gateway().url("/api/v1/tasks/" + uuid))
                        .contains("SUCCESS"));
      }
    }
  }

  private static void awaitConnection(Browser browser, String state) {
    await("the page says " + state)
        .atMost(Duration.ofSeconds(30))
        .until(() -> browser.connection().equals(state));
  }
}
