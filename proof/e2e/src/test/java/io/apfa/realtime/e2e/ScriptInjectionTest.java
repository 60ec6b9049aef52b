package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whoever can publish to the broker can put anything into names, args, results and host names. A
 * real browser shows all of it as text and runs none of it.
 */
class ScriptInjectionTest {
  /** What runs would add the words together to the page; only their halves are in the text. */
  private static final String SCRIPT = "document.body.append(['it','ran'].join('-'))";

  private static final String RAN = "it-ran";
  private static final String IMAGE = "<img src=x onerror=" + SCRIPT + ">";
  private static final String ELEMENT = "</script><script>" + SCRIPT + "</script>";
  private static final String UUID = "11111111-2222-4333-8444-555555555555";

  @Test
  void shouldShowMarkupInTasksAsTextAndRunNoneOfIt() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url());
        EventPublisher publisher = new EventPublisher(redis.port());
        Browser browser = Browser.open(nodes.gateway().url("/tasks"))) {
      browser.awaitConnection("live");
      publish(
          publisher,
          "\"type\":\"task-received\",\"name\":%s,\"args\":%s,\"kwargs\":%s,\"retries\":0"
              .formatted(json(IMAGE), json("('" + IMAGE + "',)"), json("{'a':'" + ELEMENT + "'}")),
          1);
      publish(
          publisher,
          "\"type\":\"task-failed\",\"exception\":%s,\"traceback\":%s"
              .formatted(json(IMAGE + ELEMENT), json(ELEMENT + IMAGE)),
          2);
      await("the task is known")
          .atMost(Duration.ofSeconds(30))
          .until(() -> ApfaProcess.get(nodes.gateway().url("/api/v1/tasks")).contains("FAILURE"));
      browser.awaitRow(UUID, "FAILURE");
      assertThat(browser.text()).contains("<img src=x onerror=").doesNotContain(RAN);

      browser.go(nodes.gateway().url("/tasks/" + UUID));
      await("the task is shown, its traceback too")
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(browser.text()).contains("</script><script>"));
      assertThat(browser.text()).contains("<img src=x onerror=").doesNotContain(RAN);

      for (String page : new String[] {"/workers", "/queues", "/groups", "/commands", "/"}) {
        browser.go(nodes.gateway().url(page));
        browser.awaitConnection("live");
        assertThat(browser.text()).as(page).doesNotContain(RAN);
      }
    }
  }

  private static void publish(EventPublisher publisher, String members, int clock)
      throws IOException {
    String event =
        "{%s, \"uuid\": \"%s\", \"hostname\": %s, \"clock\": %d, \"timestamp\": %d.5,"
                .formatted(
                    members,
                    UUID,
                    json("evil<img src=x onerror=" + SCRIPT + ">@host"),
                    clock,
                    System.currentTimeMillis() / 1000)
            + " \"utcoffset\": 0, \"pid\": 1}";
    publisher.write(EventPublisher.command(List.of(event)));
    publisher.flush();
  }

  private static String json(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
