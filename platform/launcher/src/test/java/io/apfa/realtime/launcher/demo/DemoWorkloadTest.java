package io.apfa.realtime.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoWorkloadTest {
  private static final SearchPath NOWHERE = new SearchPath("");
  private static final String[] FIRST_MINUTE = {
    "worker-online",
    "worker-heartbeat",
    "task-sent",
    "task-received",
    "task-started",
    "task-succeeded",
    "task-failed",
    "task-retried",
    "task-progress",
    "task-revoked"
  };

  @TempDir Path folder;
  private Vertx vertx;
  private RedisServer redis;
  private Redis client;
  private EventRecorder recorder;

  /** The child JVM of the last test: starts a demo on a given Redis and waits to be killed. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws IOException {
      Vertx vertx = Vertx.vertx();
      DemoWorkload.start(vertx, arguments[0], new SearchPath(arguments[1]));
      System.out.println(System.in.read());
    }
  }

  @BeforeEach
  void startRedis() throws Exception {
    vertx = Vertx.vertx();
    redis = RedisServer.start();
    client = Redis.createClient(vertx, redis.url());
    recorder = new EventRecorder(vertx, redis.url());
  }

  @AfterEach
  void stopRedis() {
    recorder.close();
    client.close();
    redis.close();
    Awaitility.await().until(vertx.close()::isComplete);
  }

  @Test
  void shouldShowEverythingWithinTheFirstMinuteByTheGenerator() {
    try (DemoWorkload demo = DemoWorkload.start(vertx, redis.url(), NOWHERE)) {
      assertThat(demo.describe()).contains("generator");
      minute().until(() -> recorder.types(), types -> types.containsAll(List.of(FIRST_MINUTE)));
      minute().until(() -> llen("reports") > 1);
    }
    await().until(() -> recorder.types().contains("worker-offline"));
    assertThat(call("SMEMBERS", KombuNames.CONTROL_BINDINGS).size()).isZero();
  }

  @Test
  void shouldShowEverythingWithinTheFirstMinuteByRealCelery() throws Exception {
    long closed;
    try (DemoWorkload demo = DemoWorkload.start(vertx, redis.url(), celery())) {
      assertThat(demo.describe()).contains("real Celery");
      minute().until(() -> recorder.types(), types -> types.containsAll(List.of(FIRST_MINUTE)));
      minute().until(() -> llen("reports") > 1);
      assertThat(demo.describe()).contains("real Celery");
      assertThat(ownProcesses()).hasSizeGreaterThan(8);
      closed = System.nanoTime();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - closed)).isLessThan(Duration.ofSeconds(5));
    assertThat(recorder.types()).contains("worker-offline");
    await().until(() -> ownProcesses().isEmpty());
  }

  @Test
  void shouldTakeTheGeneratorWhenCeleryDoesNotStayUp() throws Exception {
    try (DemoWorkload demo =
        DemoWorkload.start(vertx, redis.url(), script("#!/bin/sh\nexit 1\n"))) {
      await().until(() -> demo.describe().contains("did not stay up"));
      await().until(() -> recorder.types().contains("task-succeeded"));
    }
  }

  @Test
  void shouldRefuseABrokerThatOnlyARealCeleryKnows() {
    assertThatThrownBy(() -> DemoWorkload.start(vertx, "amqp://127.0.0.1", NOWHERE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("celery command on the PATH");
  }

  @Test
  void shouldAnswerControlRequestsAndHonourARevokeAsAWorkerWould() {
    try (DemoWorkload demo = DemoWorkload.start(vertx, redis.url(), NOWHERE)) {
      await().until(() -> call("SMEMBERS", KombuNames.CONTROL_BINDINGS).size() == 2);
      await().until(() -> !idOfSent("orders.long").isEmpty());
      String id = idOfSent("orders.long");
      await().until(() -> recorder.typesOf(id).contains("task-started"));
      call("SADD", KombuNames.REPLY_BINDINGS, "oid" + KombuNames.SEPARATOR.repeat(2) + "oid.reply");

      control("ping", new JsonObject());
      assertThat(List.of(reply(), reply()))
          .containsExactlyInAnyOrder(
              "{\"demo@generator\":{\"ok\":\"pong\"}}",
              "{\"reports@generator\":{\"ok\":\"pong\"}}");

      control("revoke", new JsonObject().put("task_id", id).put("terminate", true));
      assertThat(List.of(reply(), reply()))
          .contains("{\"demo@generator\":{\"ok\":\"terminate: " + id + "\"}}");
      await().until(() -> recorder.typesOf(id).contains("task-revoked"));
      await()
          .until(
              () ->
                  new JsonObject(call("GET", "celery-task-meta-" + id).toString())
                      .getString("status")
                      .equals("REVOKED"));
      assertThat(demo.describe()).contains("generator");
    }
  }

  @Test
  void shouldSurviveGarbageAndRunTasksOfOthers() {
    try (DemoWorkload demo = DemoWorkload.start(vertx, redis.url(), NOWHERE)) {
      await().until(() -> recorder.types().contains("task-succeeded"));
      call("PUBLISH", "/0.celery.pidbox", "garbage");
      call("LPUSH", "celery", "garbage");
      DemoTask task = DemoTask.of("mine", "orders.add", "celery", "[20,22]");

      call("LPUSH", "celery", task.encode("gen1@test", "tag-1"));

      await().until(() -> recorder.typesOf("mine").contains("task-succeeded"));
      assertThat(demo.describe()).contains("generator");
    }
  }

  @Test
  void shouldGoOnAfterRedisWasRestarted() throws Exception {
    try (DemoWorkload demo = DemoWorkload.start(vertx, redis.url(), NOWHERE)) {
      await().until(() -> recorder.types().contains("task-succeeded"));
      recorder.close();

      redis.restart();

      recorder = new EventRecorder(vertx, redis.url());
      await().until(() -> recorder.types().contains("task-succeeded"));
      assertThat(demo.describe()).contains("generator");
    }
  }

  @Test
  void shouldLeaveNoCeleryBehindWhenTheJvmIsKilled() throws Exception {
    Path scratch = Files.createDirectory(folder.resolve("scratch"));
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + scratch,
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                redis.url(),
                celery().folders())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<ProcessHandle> children;
    try {
      minute().until(() -> recorder.types().contains("task-succeeded"));
      children = jvm.descendants().toList();
      assertThat(children).as("shells, watchers, workers, pools, beat").hasSizeGreaterThan(8);
    } finally {
      jvm.destroyForcibly().waitFor();
    }

    await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> left = Files.list(scratch)) {
      assertThat(left.filter(path -> path.toString().contains("apfa"))).isEmpty();
    }
  }

  /** The PATH of a real Celery: ours, else a command for the one under Debian's Python. */
  private SearchPath celery() throws IOException {
    SearchPath ours = SearchPath.ofEnvironment();
    if (ours.find("celery").isPresent()) {
      return ours;
    }
    return script(
        "#!/usr/bin/python3\nimport sys\nfrom celery.__main__ import main\nsys.exit(main())\n");
  }

  private SearchPath script(String text) throws IOException {
    Path celery = Files.writeString(folder.resolve("celery"), text);
    Files.setPosixFilePermissions(celery, PosixFilePermissions.fromString("rwx------"));
    return new SearchPath(folder.toString());
  }

  private List<ProcessHandle> ownProcesses() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().filter(c -> c.contains("redis")).isEmpty())
        .toList();
  }

  private String idOfSent(String name) {
    Optional<JsonObject> sent =
        recorder.events().stream()
            .filter(event -> event.getString("type").equals("task-sent"))
            .filter(event -> event.getString("name").equals(name))
            .findFirst();
    return sent.map(event -> event.getString("uuid")).orElse("");
  }

  private void control(String method, JsonObject arguments) {
    JsonObject replyTo =
        new JsonObject().put("exchange", "reply.celery.pidbox").put("routing_key", "oid");
    JsonObject body =
        new JsonObject()
            .put("method", method)
            .put("arguments", arguments)
            .put("ticket", "ticket")
            .put("reply_to", replyTo);
    String request =
        Envelope.control(
            body.encode(), json -> {}, new Envelope.Delivery("celery.pidbox", "", 2, method));
    call("PUBLISH", "/0.celery.pidbox", request);
  }

  private String reply() {
    return Envelope.read(call("BRPOP", "oid.reply", "10").get(1).toString()).body();
  }

  private int llen(String queue) {
    return call("LLEN", queue).toInteger();
  }

  private Response call(String... words) {
    Request request = Request.cmd(Command.create(words[0]));
    for (String word : List.of(words).subList(1, words.length)) {
      request.arg(word);
    }
    try {
      return client
          .send(request)
          .toCompletionStage()
          .toCompletableFuture()
          .get(15, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(List.of(words).toString(), e);
    }
  }

  private static ConditionFactory minute() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(20));
  }
}
