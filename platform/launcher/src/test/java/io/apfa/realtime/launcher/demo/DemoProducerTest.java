package io.apfa.realtime.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DemoProducerTest {
  private static final long START = 1_795_555_000_000L;

  private final DemoProducer producer = new DemoProducer(new KombuNames(0), 500, new Random(1));

  @Test
  void shouldShowEveryKindOfTaskWithinTheFirstMinute() {
    List<JsonObject> sent = WireEvents.of(run(60_000));

    assertThat(sent).allMatch(event -> event.getString("type").equals("task-sent"));
    for (TaskKind kind : TaskKind.values()) {
      assertThat(sent).anyMatch(event -> event.getString("name").equals(kind.taskName()));
    }
    assertThat(sent.size() / 60.0).as("tasks per second").isBetween(5.0, 8.0);
  }

  @Test
  void shouldPutEveryTaskOnItsQueueBeforeSayingSo() {
    List<RedisCommand> out = run(10_000);

    for (int i = 0; i < out.size(); i++) {
      if (out.get(i).name().equals("LPUSH")) {
        String queue = out.get(i).words().get(1);
        DemoTask task = DemoTask.decode(queue, out.get(i).words().get(2));
        JsonObject sent = WireEvents.of(out.subList(i + 1, i + 2)).get(0);
        assertThat(sent.getString("uuid")).isEqualTo(task.id());
        assertThat(sent.getString("queue")).isEqualTo(queue);
      }
    }
    assertThat(out).filteredOn(command -> command.name().equals("LPUSH")).hasSizeGreaterThan(50);
  }

  @Test
  void shouldSendAGroupAChainAndRevokes() {
    List<RedisCommand> out = run(16_000);

    List<DemoTask> tasks =
        out.stream()
            .filter(command -> command.name().equals("LPUSH"))
            .map(command -> DemoTask.decode(command.words().get(1), command.words().get(2)))
            .toList();
    assertThat(tasks.stream().map(DemoTask::groupId).filter(group -> !group.isEmpty()))
        .hasSize(5)
        .containsOnly(
            tasks.stream()
                .map(DemoTask::groupId)
                .filter(g -> !g.isEmpty())
                .findFirst()
                .orElseThrow());
    assertThat(tasks).anyMatch(task -> JsonText.elements(task.chain()).size() == 2);
    List<ControlRequest> requests =
        out.stream()
            .filter(command -> command.words().get(1).equals("/0.celery.pidbox"))
            .map(command -> ControlRequest.read(command.words().get(2)))
            .toList();
    assertThat(requests).hasSize(2).allMatch(request -> request.method().equals("revoke"));
    assertThat(requests.stream().map(request -> request.arguments().get("task_id")))
        .allMatch(Objects::nonNull)
        .allMatch(id -> tasks.stream().anyMatch(task -> task.id().equals(id)));
  }

  @Test
  void shouldNotMakeUpForAPause() {
    run(1_000);
    List<RedisCommand> out = new ArrayList<>();

    producer.tick(START + 3_600_000, out);
    producer.tick(START + 3_600_001, out);

    assertThat(WireEvents.of(out)).hasSize(1);
  }

  private List<RedisCommand> run(int millis) {
    List<RedisCommand> out = new ArrayList<>();
    for (long now = START; now < START + millis; now += 40) {
      producer.tick(now, out);
    }
    return out;
  }
}
