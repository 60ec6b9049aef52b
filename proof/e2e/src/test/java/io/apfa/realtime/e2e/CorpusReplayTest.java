package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.e2e.CorpusComparison.Difference;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Recorded corpora, published into a real Redis: what the HTTP API shows of them, against what
 * Celery's own State makes of them. {@link CorpusTest} compares all of them without a network.
 */
class CorpusReplayTest {
  @Test
  void shouldShowWhatCelerysOwnStateShowsOrBetterForANamedReason() throws Exception {
    List<RecordedCorpus> corpora =
        Stream.of("basic", "threads-msgpack", "canvas", "storm", "hostile")
            .map(RecordedCorpus::named)
            .toList();
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.oneJvm(redis.url())) {
      for (RecordedCorpus corpus : corpora) {
        publish(corpus, redis.port());
      }
      await("every task of the corpora")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(500))
          .untilAsserted(() -> assertShown(corpora, allTasks(nodes)));
    }
  }

  private static void assertShown(List<RecordedCorpus> corpora, Map<String, JsonObject> shown) {
    List<Difference> unexplained = new ArrayList<>();
    for (RecordedCorpus corpus : corpora) {
      CorpusTable table = CorpusTable.of(corpus);
      var histories = table.histories();
      for (String uuid : table.tasks().keySet()) {
        assertThat(shown).containsKey(uuid);
        JsonObject celery = corpus.tasks().get(uuid);
        JsonObject ours = shown.get(uuid);
        var task = new DeliberateDifference.Case(celery, ours, histories.get(uuid));
        // a page of tasks has no children
        List<String> children = RecordedCorpus.texts(celery.getJsonArray("children"));
        CorpusComparison.differences(uuid, celery, ours, children).stream()
            .filter(difference -> DeliberateDifference.of(difference, task) == null)
            .forEach(unexplained::add);
      }
    }
    assertThat(unexplained).isEmpty();
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

  /** Publishes the messages, in order, over one connection. */
  private static void publish(RecordedCorpus corpus, int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream out = socket.getOutputStream();
        BufferedReader answers =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (RecordedCorpus.Heard heard : corpus.messages()) {
        byte[] data = heard.message().bytes();
        byte[] name = heard.channel().getBytes(StandardCharsets.UTF_8);
        out.write(CeleryApp.utf8("*3\r\n$7\r\nPUBLISH\r\n$" + name.length + "\r\n"));
        out.write(name);
        out.write(CeleryApp.utf8("\r\n$" + data.length + "\r\n"));
        out.write(data);
        out.write(CeleryApp.utf8("\r\n"));
        out.flush();
        assertThat(answers.readLine()).as("subscribers of " + heard.channel()).isEqualTo(":1");
      }
    }
  }
}
