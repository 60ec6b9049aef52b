package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The captured corpus, published into a real Redis, against what Celery's own State makes of it.
 */
class CorpusReplayTest {
  /**
   * Where our rule is deliberately better than the reference: uuid to the state we show, and why.
   */
  private static final Map<String, String> BETTER =
      Map.of(
          // revoked with terminate while it ran: the reference stays PROGRESS for ever
          "dc6c79bb-12a2-4802-9ced-9558dc1304b4", "REVOKED",
          // raised Reject: the reference stays STARTED for ever
          "a665920c-90e9-4f9e-b2e9-a84967fc6a93", "REJECTED",
          "89e3ae11-be18-4269-a320-4b81a9436270", "REJECTED");

  @Test
  void shouldEndInTheStatesOfCelerysOwnStateOrDeliberatelyBetterOnes() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url())) {
      int published = replay(redis.port());
      assertThat(published).isEqualTo(655);
      JsonObject expected = new JsonObject(resource("/corpus/expected-basic.json"));
      JsonObject tasks = expected.getJsonObject("tasks");
      await("every task of the corpus")
          .atMost(Duration.ofSeconds(20))
          .until(() -> total(nodes) == tasks.size());
      Map<String, JsonObject> actual = allTasks(nodes);
      for (String uuid : tasks.fieldNames()) {
        JsonObject want = tasks.getJsonObject(uuid);
        JsonObject have = actual.get(uuid);
        assertThat(have).as(uuid).isNotNull();
        assertThat(have.getString("state"))
            .as("state of %s", uuid)
            .isEqualTo(BETTER.getOrDefault(uuid, want.getString("state")));
        for (String field : new String[] {"name", "worker", "exception"}) {
          assertThat(have.getString(field))
              .as("%s of %s", field, uuid)
              .isEqualTo(want.getString(field));
        }
        assertThat(have.getInteger("retries"))
            .as("retries of " + uuid)
            .isEqualTo(want.getInteger("retries"));
        assertThat(have.getDouble("runtime"))
            .as("runtime of " + uuid)
            .isEqualTo(want.getDouble("runtime"));
      }
    }
  }

  private static int total(Nodes nodes) {
    String body = ApfaProcess.get(nodes.gateway().url("/api/v1/tasks?limit=1"));
    return body.startsWith("{") ? new JsonObject(body).getInteger("total", 0) : 0;
  }

  private static Map<String, JsonObject> allTasks(Nodes nodes) {
    Map<String, JsonObject> all = new HashMap<>();
    String cursor = null;
    do {
      String url = "/api/v1/tasks?limit=100" + (cursor == null ? "" : "&cursor=" + cursor);
      JsonObject page = new JsonObject(ApfaProcess.get(nodes.gateway().url(url)));
      JsonArray tasks = page.getJsonArray("tasks");
      for (int i = 0; i < tasks.size(); i++) {
        all.put(tasks.getJsonObject(i).getString("uuid"), tasks.getJsonObject(i));
      }
      cursor = page.getString("next");
    } while (cursor != null);
    return all;
  }

  /** Publishes the records on {@code /0.celeryev/…}, in order, over one connection. */
  private static int replay(int port) throws IOException {
    int published = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream out = socket.getOutputStream();
        BufferedReader answers =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line : resource("/corpus/corpus-basic.jsonl").lines().toList()) {
        JsonObject record = new JsonObject(line);
        String channel = record.getString("channel");
        if (channel.startsWith("/0.celeryev/")) {
          byte[] data = Base64.getDecoder().decode(record.getString("data"));
          byte[] name = channel.getBytes(StandardCharsets.UTF_8);
          out.write(CeleryApp.utf8("*3\r\n$7\r\nPUBLISH\r\n$" + name.length + "\r\n"));
          out.write(name);
          out.write(CeleryApp.utf8("\r\n$" + data.length + "\r\n"));
          out.write(data);
          out.write(CeleryApp.utf8("\r\n"));
          out.flush();
          assertThat(answers.readLine()).as("subscribers of " + channel).isEqualTo(":1");
          published++;
        }
      }
    }
    return published;
  }

  private static String resource(String name) throws IOException {
    try (var stream = CorpusReplayTest.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
