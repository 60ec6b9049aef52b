package io.apfa.realtime.broadcaster.room;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.bus.FeedPosition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Real workers' events end in the states of Celery's own State, or deliberately better. */
class CorpusTest {
  /** Where we differ from Celery on purpose: task to our state, each with its reason. */
  private static final Map<String, String> BETTER =
      Map.of(
          // rejected while started: Celery ranks REJECTED below STARTED and shows it running
          // forever
          "a665920c-90e9-4f9e-b2e9-a84967fc6a93", "REJECTED",
          "89e3ae11-be18-4269-a320-4b81a9436270", "REJECTED",
          // revoked after it reported progress: Celery ranks custom states above REVOKED
          "dc6c79bb-12a2-4802-9ced-9558dc1304b4", "REVOKED");

  @Test
  void shouldEndAsCelerysOwnStateOrDeliberatelyBetter() {
    Map<String, String> differences = new TreeMap<>();
    Map<String, Task> tasks = replay(Corpus.events(), 1);

    assertThat(tasks).hasSize(174);
    Corpus.expectedTasks()
        .forEach(
            (uuid, expected) -> {
              String difference = differenceOf(uuid, expected, tasks.get(uuid));
              if (!difference.isEmpty()) {
                differences.put(uuid, difference);
              }
            });
    assertThat(differences).isEmpty();
  }

  @Test
  void shouldEndTheSameHoweverEventsAreCutIntoBatches() {
    Map<String, Task> one = replay(Corpus.events(), 1);
    Map<String, Task> many = replay(Corpus.events(), 97);

    one.replaceAll((uuid, task) -> task.withOffset(0));
    many.replaceAll((uuid, task) -> task.withOffset(0));
    assertThat(many).isEqualTo(one);
  }

  @Test
  void shouldChangeNothingWhenTheWholeCorpusComesTwice() {
    List<CeleryEvent> events = Corpus.events();
    SourceRoom room = RoomFixture.room();
    RoomFixture.offer(room, events);
    RoomFixture.flush(room);
    long offset = room.position().offset();
    Map<String, String> states = statesOf(room);

    RoomFixture.offer(room, events);
    RoomFixture.flush(room);

    assertThat(statesOf(room)).isEqualTo(states);
    assertThat(room.position().offset()).isGreaterThanOrEqualTo(offset);
  }

  private static Map<String, String> statesOf(SourceRoom room) {
    Map<String, String> states = new HashMap<>();
    RoomFixture.all(room).forEach(task -> states.put(task.uuid(), task.state()));
    return states;
  }

  private static Map<String, Task> replay(List<CeleryEvent> events, int batchSize) {
    SourceRoom room = RoomFixture.room();
    for (int i = 0; i < events.size(); i += batchSize) {
      List<CeleryEvent> batch = events.subList(i, Math.min(events.size(), i + batchSize));
      assertThat(room.offer(new FeedPosition(1, 1 + i / batchSize, ""), batch, 0))
          .isEqualTo(SourceRoom.Offer.WAIT);
      RoomFixture.flush(room);
    }
    Map<String, Task> tasks = new HashMap<>();
    TaskQuery query = new TaskQuery("celery", null, null, null, null, null, 1000, null);
    room.queries().page(query).tasks().forEach(task -> tasks.put(task.uuid(), task));
    return tasks;
  }

  private static String differenceOf(String uuid, Map<String, Object> expected, Task task) {
    if (task == null) {
      return "missing";
    }
    StringBuilder difference = new StringBuilder();
    compare(
        difference,
        "state",
        BETTER.getOrDefault(uuid, (String) expected.get("state")),
        task.state());
    compare(difference, "name", expected.get("name"), task.name());
    compare(difference, "worker", expected.get("worker"), task.worker());
    compare(difference, "exception", expected.get("exception"), task.exception());
    Object retries = expected.get("retries");
    compare(difference, "retries", retries, task.retries() < 0 ? null : task.retries());
    Object runtime = expected.get("runtime");
    compare(
        difference,
        "runtime",
        runtime,
        Double.isNaN(task.runtimeSeconds()) ? null : task.runtimeSeconds());
    return difference.toString();
  }

  private static void compare(StringBuilder into, String field, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      into.append(field)
          .append(": ")
          .append(actual)
          .append(" (expected: ")
          .append(expected)
          .append(") ");
    }
  }
}
