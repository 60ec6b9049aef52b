package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MetaSupplementTest {
  private final MetaSupplement supplement =
      new MetaSupplement(Redactor.of(Redactor.DEFAULT_PATTERNS));

  private static ResultMeta meta(String json) {
    return ResultMeta.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static CeleryEvent.TaskEvent ended(String uuid) {
    return new CeleryEvent.TaskEvent(
        "task-succeeded",
        uuid,
        "w",
        1,
        1,
        1,
        1,
        null,
        null,
        null,
        -1,
        -1,
        -1,
        null,
        null,
        null,
        null,
        Double.NaN,
        null,
        null,
        null);
  }

  @Test
  void shouldTellProgressAtOnce() {
    assertThat(
            supplement.onResult(
                meta("{\"status\": \"PROGRESS\", \"result\": {\"pct\": 5}, \"task_id\": \"u\"}"),
                10))
        .singleElement()
        .satisfies(
            event -> {
              CeleryEvent.TaskMeta told = (CeleryEvent.TaskMeta) event;
              assertThat(told.status()).isEqualTo("PROGRESS");
              assertThat(told.progress()).isEqualTo("{\"pct\":5}");
            });
  }

  @Test
  void shouldTellAnEndingOnlyWhenItsEventDoesNotCome() {
    String success = "{\"status\": \"SUCCESS\", \"result\": 4, \"task_id\": \"%s\"}";
    assertThat(supplement.onResult(meta(String.format(success, "a")), 10)).isEmpty();
    assertThat(supplement.onResult(meta(String.format(success, "b")), 10)).isEmpty();
    supplement.onEvent(ended("a"));

    assertThat(supplement.tick(1009)).isEmpty();
    assertThat(supplement.tick(1010))
        .singleElement()
        .satisfies(e -> assertThat(((CeleryEvent.TaskMeta) e).uuid()).isEqualTo("b"));
    assertThat(supplement.tick(5000)).isEmpty();
  }

  @Test
  void shouldTellTheGroupAtOnceWithoutAState() {
    assertThat(
            supplement.onResult(
                meta(
                    "{\"status\": \"SUCCESS\", \"result\": 4, \"task_id\": \"a\", \"group_id\":"
                        + " \"g\"}"),
                10))
        .singleElement()
        .satisfies(
            event -> {
              CeleryEvent.TaskMeta told = (CeleryEvent.TaskMeta) event;
              assertThat(told.groupId()).isEqualTo("g");
              assertThat(told.status()).isNull();
            });
  }

  @Test
  void shouldWriteAnExceptionAsEventsDo() {
    CeleryEvent.TaskMeta failed =
        meta("{\"status\": \"FAILURE\", \"result\": {\"exc_type\": \"ValueError\","
                + " \"exc_message\": [\"bad\"], \"exc_module\": \"builtins\"}, \"traceback\":"
                + " \"Traceback\", \"date_done\": \"2026-11-24T21:27:42.880614\", \"task_id\":"
                + " \"u\"}")
            .event(
                CeleryEvent.TaskMeta.Origin.RESULT_BACKEND, 10, Redactor.of(java.util.List.of()));
    assertThat(failed.exception()).isEqualTo("ValueError('bad')");
    assertThat(failed.traceback()).isEqualTo("Traceback");
    assertThat(failed.timestampMillis()).isEqualTo(1_795_555_662_880L);
  }
}
