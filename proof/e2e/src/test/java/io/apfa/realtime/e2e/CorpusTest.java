package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.bridge.event.Malformed;
import io.apfa.realtime.e2e.CorpusComparison.Difference;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.Worker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recorded workload ends as in Celery's own State, field by field, or better for a reason
 * that has a name; and in the same table however its messages are mixed and batched.
 */
class CorpusTest {
  /** Tasks of Celery's State that are none: what has a uuid that is null. */
  private static final Set<String> NO_TASKS = Set.of("None");

  private static final Set<String> ENDS = Set.of("SUCCESS", "FAILURE", "REVOKED");

  static List<RecordedCorpus> corpora() {
    return RecordedCorpus.all();
  }

  @ParameterizedTest
  @MethodSource("corpora")
  void shouldEndAsCelerysOwnStateOrBetterForANamedReason(RecordedCorpus corpus) {
    CorpusTable table = CorpusTable.of(corpus);

    assertThat(unexplained(corpus, table, new EnumMap<>(DeliberateDifference.class))).isEmpty();
  }

  @Test
  void shouldHaveNoReasonThatNothingNeeds() {
    Map<DeliberateDifference, Integer> used = new EnumMap<>(DeliberateDifference.class);

    corpora().forEach(corpus -> unexplained(corpus, CorpusTable.of(corpus), used));

    assertThat(used).containsOnlyKeys(EnumSet.allOf(DeliberateDifference.class));
  }

  private static List<String> unexplained(
      RecordedCorpus corpus, CorpusTable table, Map<DeliberateDifference, Integer> used) {
    Map<String, JsonObject> ours = table.tasks();
    Map<String, List<TaskEvent>> histories = table.histories();
    Map<String, JsonObject> celerys = new TreeMap<>(corpus.tasks());
    celerys.keySet().removeAll(NO_TASKS);
    assertThat(ours.keySet()).containsExactlyInAnyOrderElementsOf(celerys.keySet());
    List<String> unexplained = new ArrayList<>();
    celerys.forEach(
        (uuid, celery) -> {
          List<TaskEvent> history = histories.get(uuid);
          var task = new DeliberateDifference.Case(celery, ours.get(uuid), history);
          for (Difference difference :
              CorpusComparison.differences(uuid, celery, ours.get(uuid), table.children(uuid))) {
            DeliberateDifference reason = DeliberateDifference.of(difference, task);
            if (reason == null) {
              unexplained.add(
                  difference + " after " + history.stream().map(TaskEvent::type).toList());
            } else {
              used.merge(reason, 1, Integer::sum);
            }
          }
        });
    return unexplained;
  }

  @ParameterizedTest
  @MethodSource("corpora")
  void shouldKnowTheWorkersThatCelerysOwnStateKnows(RecordedCorpus corpus) {
    Map<String, Worker> ours = CorpusTable.of(corpus).workers();
    Map<String, String> differences = new LinkedHashMap<>();

    corpus
        .workers()
        .forEach(
            (hostname, celery) -> {
              String expected = describe(celery);
              Worker worker = ours.get(hostname);
              String actual = worker == null ? "missing" : describe(worker);
              if (!actual.equals(expected)) {
                differences.put(hostname, actual + " (expected: " + expected + ")");
              }
            });
    assertThat(differences).isEmpty();
  }

  private static String describe(JsonObject celery) {
    boolean beats = celery.getString("sw_ver") != null;
    return List.of(
            celery.getInteger("pid", -1),
            beats ? celery.getDouble("freq") : Double.NaN,
            celery.getInteger("active", -1),
            celery.getLong("processed", -1L),
            celery.getJsonArray("loadavg", new JsonArray()).stream()
                .map(load -> ((Number) load).doubleValue())
                .toList(),
            celery.getString("sw_ident", ""),
            celery.getString("sw_ver", ""),
            celery.getString("sw_sys", ""))
        .toString();
  }

  private static String describe(Worker worker) {
    return List.of(
            worker.pid(),
            worker.freqSeconds(),
            worker.active(),
            worker.processed(),
            worker.loadavg(),
            Objects.requireNonNullElse(worker.swIdent(), ""),
            Objects.requireNonNullElse(worker.swVer(), ""),
            Objects.requireNonNullElse(worker.swSys(), ""))
        .toString();
  }

  @Test
  void shouldShowTheEventsOwnTimesWhereCelerysReceiverShiftsThem() {
    RecordedCorpus corpus = RecordedCorpus.named("solo-yaml-zones");
    Map<String, JsonObject> ours = CorpusTable.of(corpus).tasks();
    Set<Long> shiftsHours = new java.util.TreeSet<>();

    corpus
        .tasks()
        .forEach(
            (uuid, celery) -> {
              Double shifted =
                  celery.getJsonObject("shifted", new JsonObject()).getDouble("started");
              if (shifted != null) {
                double shown = ours.get(uuid).getDouble("started");
                shiftsHours.add(Math.round((shifted - shown) / 3600));
              }
            });
    assertThat(shiftsHours).as("Kolkata and New York").containsExactly(-5L, 6L);
  }

  @Test
  void shouldCountWhatCannotBeReadAndKeepEverythingAroundIt() {
    Map<Malformed, Integer> malformed = CorpusTable.of(RecordedCorpus.named("hostile")).malformed;

    assertThat(malformed.keySet())
        .contains(
            Malformed.ENVELOPE_SYNTAX,
            Malformed.ENVELOPE_SHAPE,
            Malformed.COMPRESSION,
            Malformed.CONTENT_TYPE,
            Malformed.PICKLE,
            Malformed.BODY_SYNTAX,
            Malformed.NOT_AN_EVENT,
            Malformed.NO_TYPE,
            Malformed.NO_UUID,
            Malformed.NO_HOSTNAME,
            Malformed.NO_TIMESTAMP);
  }

  @ParameterizedTest
  @MethodSource("corpora")
  void shouldEndInTheSameTableHoweverIndependentTasksAreMixed(RecordedCorpus corpus) {
    CorpusTable inOrder = CorpusTable.of(corpus);
    Map<String, JsonObject> expected = inOrder.tasks();

    for (int seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      List<CeleryEvent> mixed = mixed(inOrder, random);
      CorpusTable table = CorpusTable.ofEvents(mixed, 1 + random.nextInt(200));

      assertThat(table.tasks()).as("seed %s", seed).isEqualTo(expected);
      for (String uuid : expected.keySet()) {
        assertThat(table.children(uuid)).as(uuid).isEqualTo(inOrder.children(uuid));
      }
    }
  }

  /** The events of all tasks, each task's in its order. */
  private static List<CeleryEvent> mixed(CorpusTable table, Random random) {
    List<List<TaskEvent>> lives = new ArrayList<>();
    table.histories().values().forEach(history -> lives.add(new ArrayList<>(history)));
    List<CeleryEvent> mixed = new ArrayList<>();
    while (!lives.isEmpty()) {
      List<TaskEvent> life = lives.get(random.nextInt(lives.size()));
      mixed.add(life.remove(0));
      lives.removeIf(List::isEmpty);
    }
    return mixed;
  }

  @ParameterizedTest
  @MethodSource("corpora")
  void shouldEndInTheSameEndHoweverATasksOwnEventsAreOrdered(RecordedCorpus corpus) {
    CorpusTable inOrder = CorpusTable.of(corpus);
    Map<String, JsonObject> expected = inOrder.tasks();
    Map<String, String> differences = new HashMap<>();

    for (int seed = 1; seed <= 5; seed++) {
      Random random = new Random(seed);
      List<TaskEvent> shuffled = new ArrayList<>();
      inOrder
          .histories()
          .forEach(
              (uuid, history) -> {
                Collections.shuffle(history, random);
                shuffled.addAll(history);
              });
      CorpusTable.ofEvents(shuffled, 100)
          .tasks()
          .forEach(
              (uuid, task) -> {
                String state = expected.get(uuid).getString("state");
                if (ENDS.contains(state) && !task.getString("state").equals(state)) {
                  differences.put(
                      uuid,
                      task.getString("state")
                          + " (expected: "
                          + state
                          + ") after "
                          + shuffled.stream()
                              .filter(event -> event.uuid().equals(uuid))
                              .map(event -> event.type() + "/" + event.retries())
                              .toList());
                }
              });
    }
    assertThat(differences).isEmpty();
  }
}
