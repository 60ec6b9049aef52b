package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The client in somebody's own page, as its README shows it: another origin, no bundler. */
class EmbeddedClientTest {
  private static final String EXAMPLE = "web/client/examples/embed.html";
  private static final String EXAMPLES_GATEWAY = "https://tasks.example.org";
  private static final String REFUSED = "apfa_gateway_refused_total";
  private static final int RECEIVED = 1;

  /** A server of somebody's own, which answers everything with one page. */
  private static final class OwnServer implements AutoCloseable {
    private final HttpServer server;
    private volatile byte[] page = new byte[0];

    OwnServer() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
          });
      server.start();
    }

    String origin() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void show(String html) {
      page = html.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void shouldShowTasksInAPageOfAnAllowedOriginAndNothingInAnyOther() throws Exception {
    try (RedisServer redis = RedisServer.start();
        EventPublisher publisher = new EventPublisher(redis.port());
        OwnServer friend = new OwnServer();
        OwnServer stranger = new OwnServer();
        Nodes nodes =
            Nodes.oneJvm(redis.url(), Map.of("APFA_GATEWAY_ALLOWED_ORIGINS", friend.origin()))) {
      String page =
          Files.readString(Processes.ROOT.resolve(EXAMPLE))
              .replace(EXAMPLES_GATEWAY, nodes.gateway().url(""));
      friend.show(page);
      stranger.show(page);

      try (Browser browser = Browser.open(friend.origin())) {
        awaitUpdates(browser, publisher);
      }
      try (Browser browser = Browser.open(stranger.origin())) {
        await("refused")
            .atMost(Duration.ofSeconds(20))
            .until(() -> nodes.gateway().metric(REFUSED) > 0);
        publish(publisher, "unseen");
        assertThat(browser.text()).isEmpty();
      }
    }
  }

  /** A room joined without a position begins now: tasks are published until one is shown. */
  private static void awaitUpdates(Browser browser, EventPublisher publisher) {
    await("a task on the page")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              publish(publisher, "seen");
              return browser.text().contains("RECEIVED");
            });
  }

  private static void publish(EventPublisher publisher, String uuid) throws IOException {
    double now = System.currentTimeMillis() / 1000.0;
    publisher.write(EventPublisher.command(List.of(EventPublisher.event(uuid, RECEIVED, now, 1))));
    publisher.flush();
  }
}
