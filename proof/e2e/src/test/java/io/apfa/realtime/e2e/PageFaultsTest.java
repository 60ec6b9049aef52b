package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What breaks under a page in a real browser, and what its user then sees. */
class PageFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String SESSIONS = "apfa_ws_connections";

  /** Steps of a task's life, as {@link EventPublisher#event} counts them. */
  private static final int RECEIVED = 1;

  private static final int STARTED = 2;
  private static final int SUCCEEDED = 3;

  private int clock;

  @Test
  void shouldCatchUpWithoutReloadAfterItsGatewayWasKilledAndRestarted() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes =
            Nodes.cluster(redis.url(), Map.of(), "broadcaster,ratelimit,celery-bridge", "gateway");
        EventPublisher publisher = new EventPublisher(redis.port());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      String before = UUID.randomUUID().toString();
      String meanwhile = UUID.randomUUID().toString();
      browser.awaitConnection("live").mark();
      publish(publisher, before, RECEIVED, STARTED);
      browser.awaitRow(before, "STARTED");

      nodes.gateway().kill();
      browser.awaitConnection("recovering");
      publish(publisher, before, SUCCEEDED);
      publish(publisher, meanwhile, RECEIVED, STARTED);
      nodes.restart("gateway");
      browser.wake();

      browser.awaitConnection("live");
      browser.awaitRow(before, "SUCCESS");
      browser.awaitRow(meanwhile, "STARTED");
      publish(publisher, meanwhile, SUCCEEDED);
      browser.awaitRow(meanwhile, "SUCCESS");
      assertThat(browser.isMarked()).as("the page was not loaded again").isTrue();
      assertThat(browser.gaps()).isEmpty();
    }
  }

  @Test
  void shouldSendOnReturnWhatWasAskedForWhileOffline() {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url());
        CeleryApp celery = CeleryApp.start(redis.url());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      String waiting = celery.publish("late").get("late").get(0);
      browser.awaitConnection("live").mark();
      browser.awaitRow(waiting, "RECEIVED");

      browser.network(false);
      browser.awaitConnection("offline");
      browser.click("[data-testid=\"revoke-" + waiting + "\"]");
      String added = celery.publish("add").get("add").get(0);
      await("the server has the result")
          .atMost(SOON)
          .until(() -> taskOf(nodes, added).contains("\"state\":\"SUCCESS\""));
      assertThat(browser.phase(waiting)).isEqualTo("instant");
      assertThat(browser.text()).doesNotContain("1 new");
      assertThat(celery.log()).doesNotContain("flagged as revoked");

      browser.network(true);
      browser.awaitConnection("live");
      await("the worker's own word on the revoke")
          .atMost(SOON)
          .until(() -> browser.phase(waiting).equals("confirmed"));
      // The pointer is on the rows: they hold still, and say what waits.
      browser.click("[data-testid=\"newcomers\"]");
      browser.awaitRow(added, "SUCCESS");
      assertThat(celery.log()).contains("flagged as revoked: " + waiting);
      assertThat(browser.isMarked()).as("the page was not loaded again").isTrue();
      assertThat(browser.gaps()).isEmpty();
    }
  }

  @Test
  void shouldShareOneConnectionAmongTabsAndHandItOverWhenItsTabCloses() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url());
        EventPublisher publisher = new EventPublisher(redis.port());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      String uuid = UUID.randomUUID().toString();
      browser.awaitConnection("live");
      browser.tab(nodes.gateway().url("/tasks"));
      browser.awaitConnection("live").mark();
      publish(publisher, uuid, RECEIVED, STARTED);
      browser.awaitRow(uuid, "STARTED");
      browser.select(0);
      browser.awaitRow(uuid, "STARTED");
      assertThat(nodes.gateway().metric(SESSIONS)).isEqualTo(1);

      browser.shut();
      publish(publisher, uuid, SUCCEEDED);

      browser.awaitRow(uuid, "SUCCESS");
      browser.awaitConnection("live");
      assertThat(browser.isMarked()).as("the tab that stayed").isTrue();
      await("one session").atMost(SOON).until(() -> nodes.gateway().metric(SESSIONS) == 1);
      assertThat(browser.gaps()).isEmpty();
    }
  }

  @Test
  void shouldTakeBackARevokeThatTheServerSaysFailedAndSayWhy() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url(), Map.of("APFA_COMMANDS_DEADLINE", "2s"));
        EventPublisher publisher = new EventPublisher(redis.port());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      String uuid = UUID.randomUUID().toString();
      browser.awaitConnection("live");
      publish(publisher, uuid, RECEIVED, STARTED);
      browser.awaitRow(uuid, "STARTED");

      browser.click("[data-testid=\"revoke-" + uuid + "\"]");
      assertThat(browser.phase(uuid)).isIn("instant", "pending");

      await("the page says that it failed")
          .atMost(SOON)
          .until(() -> browser.phase(uuid).equals("failed"));
      browser.awaitRow(uuid, "STARTED");
      assertThat(browser.toasts()).contains("revoke failed: no-worker", "Start one");
    }
  }

  @Test
  void shouldTakeWhatAProxyLetsThroughAndTheWebSocketAgainWhenItMay() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url());
        LoadBalancer proxy =
            LoadBalancer.start("nginx.conf", List.of(nodes.gateway()), Proxy::withoutWebSockets);
        EventPublisher publisher = new EventPublisher(redis.port());
        Browser browser = Browser.open(proxy.url("/tasks"))) {
      String uuid = UUID.randomUUID().toString();
      browser.awaitConnection("live").mark();
      assertThat(browser.reason()).isEqualTo("connected by SockJS");
      publish(publisher, uuid, RECEIVED);
      browser.awaitRow(uuid, "RECEIVED");

      proxy.restart(Proxy::withoutRooms);
      browser.awaitConnection("recovering");
      await("ten attempts have failed")
          .atMost(SOON)
          .until(
              () -> {
                browser.wake();
                return browser.connection().equals("polling");
              });
      publish(publisher, uuid, STARTED);
      browser.awaitRow(uuid, "STARTED");

      proxy.restart(Proxy::open);
      browser.wake();
      await("the WebSocket is back")
          .atMost(SOON)
          .until(() -> browser.reason().equals("connected by the WebSocket this browser shares"));
      publish(publisher, uuid, SUCCEEDED);
      browser.awaitRow(uuid, "SUCCESS");
      browser.awaitConnection("live");
      assertThat(browser.isMarked()).as("the page was not loaded again").isTrue();
      assertThat(browser.gaps()).isEmpty();
    }
  }

  /** What a proxy between browser and gateway makes of our nginx configuration. */
  private static final class Proxy {
    static String open(String ours) {
      return ours.replaceAll("server 127.0.0.1:800[23][^;]*;", "");
    }

    static String withoutWebSockets(String ours) {
      return open(ours)
          .replace("~*^websocket$ websocket;", "")
          .replace("~*^websocket$ upgrade;", "");
    }

    static String withoutRooms(String ours) {
      return open(ours)
          .replace("location / {", "location /eventbus { return 502; }\n    location / {")
          .replace(
              "location = /eventbus/websocket {", "location = /eventbus/websocket { return 502;");
    }
  }

  private void publish(EventPublisher publisher, String uuid, int... steps) throws IOException {
    for (int step : steps) {
      double now = System.currentTimeMillis() / 1000.0;
      publisher.write(
          EventPublisher.command(List.of(EventPublisher.event(uuid, step, now, ++clock))));
    }
    publisher.flush();
  }

  private static String taskOf(Nodes nodes, String uuid) {
    return ApfaProcess.get(nodes.gateway().url("/api/v1/tasks/" + uuid));
  }
}
