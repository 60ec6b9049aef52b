package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A command that is sent again under its {@code msgId}: by the same user at another gateway, over
 * another way, at the same moment, and by somebody else. What takes effect is counted where Celery
 * would see it: messages in the queue of a real Redis.
 */
class ReplayedCommandTest {
  private static final String EVERYTHING = "broadcaster,ratelimit,celery-bridge,gateway";
  private static final String BODY = "{\"name\":\"orders.add\",\"args\":[1,2],\"queue\":\"%s\"}";
  private static final int AT_ONCE = 20;

  private static RedisServer redis;
  private static Nodes nodes;
  private static ApfaProcess one;
  private static ApfaProcess other;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    nodes = Nodes.cluster(redis.url(), Tokens.required(), EVERYTHING, EVERYTHING);
    one = nodes.nodes(EVERYTHING).get(0);
    other = nodes.nodes(EVERYTHING).get(1);
  }

  @AfterAll
  static void stop() {
    nodes.close();
    redis.close();
  }

  private static String tasksIn(String queue) throws IOException {
    return new RedisCli(redis.port()).call("LLEN", queue);
  }

  private static HttpRequest trigger(ApfaProcess gateway, String user, String msgId, String body) {
    return HttpRequest.newBuilder(URI.create(gateway.url("/api/v1/tasks")))
        .header("Authorization", "Bearer " + Tokens.of(user, "operator"))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", msgId)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private HttpResponse<String> send(ApfaProcess gateway, String user, String msgId, String body)
      throws IOException, InterruptedException {
    return http.send(trigger(gateway, user, msgId, body), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void shouldTakeEffectOnceAcrossGatewaysAndWaysAndRepeatTheFirstAnswer() throws Exception {
    String body = BODY.formatted("across");
    HttpResponse<String> first = send(one, "ann", "across-1", body);
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    JsonObject accepted = new JsonObject(first.body());
    assertThat(accepted.getString("commandId")).isNotEmpty();

    HttpResponse<String> again = send(other, "ann", "across-1", body);
    assertThat(again.statusCode()).isEqualTo(202);
    assertThat(new JsonObject(again.body())).isEqualTo(accepted);
    assertThat(overSocket(other, "ann", "across-1", body)).isEqualTo(accepted);
    assertThat(tasksIn("across")).isEqualTo(":1");
  }

  @Test
  void shouldTakeEffectOnceWhenItComesManyTimesAtTheSameMoment() throws Exception {
    String body = BODY.formatted("flood");
    List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      HttpRequest request = trigger(i % 2 == 0 ? one : other, "ann", "flood-1", body);
      sent.add(http.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
    }
    Set<JsonObject> answers = new HashSet<>();
    for (CompletableFuture<HttpResponse<String>> answer : sent) {
      assertThat(answer.join().statusCode()).as(answer.join().body()).isEqualTo(202);
      answers.add(new JsonObject(answer.join().body()));
    }
    assertThat(answers).hasSize(1);
    assertThat(tasksIn("flood")).isEqualTo(":1");
  }

  @Test
  void shouldRefuseAReplayedIdWithAnotherBody() throws Exception {
    assertThat(send(one, "ann", "body-1", BODY.formatted("body")).statusCode()).isEqualTo(202);
    HttpResponse<String> forged = send(other, "ann", "body-1", BODY.formatted("elsewhere"));
    assertThat(forged.statusCode()).isEqualTo(409);
    assertThat(forged.body()).contains("msgId");
    assertThat(tasksIn("body")).isEqualTo(":1");
    assertThat(tasksIn("elsewhere")).isEqualTo(":0");
  }

  @Test
  void shouldNotTellOneUserTheAnswerToAnothersCommandNorBeStoppedByIt() throws Exception {
    String body = BODY.formatted("users");
    JsonObject anns = new JsonObject(send(one, "ann", "users-1", body).body());
    JsonObject bobs = new JsonObject(send(other, "bob", "users-1", body).body());
    assertThat(bobs.getString("commandId")).isNotEmpty().isNotEqualTo(anns.getString("commandId"));
    assertThat(bobs.getString("taskId")).isNotEqualTo(anns.getString("taskId"));
    assertThat(tasksIn("users")).isEqualTo(":2");
  }

  /** The command as the page sends it; its answer. */
  private JsonObject overSocket(ApfaProcess gateway, String user, String msgId, String body)
      throws InterruptedException {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    WebSocket socket =
        http.newWebSocketBuilder()
            .buildAsync(
                URI.create(gateway.url("/eventbus/websocket").replaceFirst("http", "ws")),
                new Answers(answers))
            .join();
    JsonObject headers =
        new JsonObject()
            .put("msgId", msgId)
            .put("Authorization", "Bearer " + Tokens.of(user, "operator"));
    socket
        .sendText(
            new JsonObject()
                .put("type", "send")
                .put("address", "celery.trigger")
                .put("replyAddress", "answer")
                .put("headers", headers)
                .put("body", new JsonObject(body))
                .encode(),
            true)
        .join();
    String answer = answers.poll(10, TimeUnit.SECONDS);
    socket.abort();
    assertThat(answer).as("an answer over the socket").isNotNull();
    return new JsonObject(answer).getJsonObject("body");
  }

  private record Answers(BlockingQueue<String> answers) implements WebSocket.Listener {
    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      answers.add(data.toString());
      socket.request(1);
      return null;
    }
  }
}
