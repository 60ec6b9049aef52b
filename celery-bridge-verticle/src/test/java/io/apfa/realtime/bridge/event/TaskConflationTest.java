package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskConflationTest {
  private static CeleryEvent.TaskEvent task(String uuid, String type, long timestamp) {
    return new CeleryEvent.TaskEvent(
        type,
        uuid,
        "w",
        1,
        1,
        timestamp,
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
  void shouldKeepTheLastOfEachTypeInTheOrderOfArrival() {
    TaskConflation held = new TaskConflation(10);
    held.add(task("a", "task-received", 1));
    held.add(task("a", "task-started", 2));
    held.add(task("b", "task-started", 3));
    held.add(task("a", "task-retried", 4));
    held.add(task("a", "task-received", 5));

    assertThat(held.take(10))
        .containsExactly(
            task("a", "task-started", 2),
            task("b", "task-started", 3),
            task("a", "task-retried", 4),
            task("a", "task-received", 5));
    assertThat(held.takeConflated()).isEqualTo(1);
    assertThat(held.isEmpty()).isTrue();
  }

  @Test
  void shouldDropTheOldestAtItsBoundAndCountIt() {
    TaskConflation held = new TaskConflation(2);
    held.add(task("a", "task-started", 1));
    held.add(task("b", "task-started", 2));
    held.add(task("c", "task-started", 3));

    assertThat(held.takeDropped()).isEqualTo(1);
    assertThat(held.take(1)).isEqualTo(List.of(task("b", "task-started", 2)));
    assertThat(held.take(5)).isEqualTo(List.of(task("c", "task-started", 3)));
  }
}
