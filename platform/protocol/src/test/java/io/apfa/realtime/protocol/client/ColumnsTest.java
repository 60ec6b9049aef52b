package io.apfa.realtime.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ColumnsTest {
  private static final long CLOSED = 1_795_555_942_218L;

  @Property(tries = 300)
  void shouldReadBackExactlyTheTasksOfASelfContainedFrame(@ForAll("tasks") List<Task> tasks) {
    Batch batch = dense(1, tasks);
    ColumnsReader.Frame frame =
        new ColumnsReader().read(ColumnsFrames.batch("celery:tasks", batch, 1024).getBytes());
    assertThat(frame.tasks()).isEqualTo(tasksOf(batch));
    assertThat(frame.offset()).isEqualTo(batch.offset());
    assertThat(frame.from()).isEqualTo(1);
  }

  @Property(tries = 300)
  void shouldReadBackExactlyTheTasksOfAGenerationWhateverChangesBetweenItsFrames(
      @ForAll long seed, @ForAll("tasks") List<Task> pool) {
    Random random = new Random(seed);
    ColumnsReader reader = new ColumnsReader();
    ColumnsGeneration generation = new ColumnsGeneration(7);
    long offset = 0;
    for (int i = 0; i < 8; i++) {
      Map<String, Task> rows = new LinkedHashMap<>();
      for (int row = 0; row < 1 + random.nextInt(5); row++) {
        Task task = pool.get(random.nextInt(pool.size()));
        Task other = pool.get(random.nextInt(pool.size()));
        rows.put(
            task.uuid(),
            task.toBuilder()
                .state(other.state())
                .worker(other.worker())
                .startedMillis(other.startedMillis())
                .succeededMillis(other.succeededMillis())
                .timestampMillis(other.timestampMillis())
                .result(other.result())
                .suspect(other.suspect())
                .build());
      }
      Batch batch = dense(offset + 1, List.copyOf(rows.values()));
      offset = batch.offset();
      Buffer bytes = ColumnsFrames.batch("celery:tasks", batch, 1024, generation);
      assertThat(reader.read(bytes.getBytes()).tasks()).isEqualTo(tasksOf(batch));
    }
  }

  @Property(tries = 100)
  void shouldReadBackASnapshot(@ForAll("tasks") List<Task> tasks) {
    List<Task> rows = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      rows.add(tasks.get(i).withOffset(100L * i + 3));
    }
    Buffer bytes =
        ColumnsFrames.snapshot("celery:tasks", new StreamPosition("e", 900), 1, 1, rows, 1024);
    ColumnsReader.Frame frame = new ColumnsReader().read(bytes.getBytes());
    assertThat(frame.kind()).isEqualTo(MsgpackFrames.SNAPSHOT);
    assertThat(frame.offset()).isEqualTo(900);
    assertThat(frame.tasks()).isEqualTo(rows);
  }

  @Test
  void shouldKeepTheOrderOfUpdatesThatAreNoTasks() {
    Task task = Task.builder(UUID.randomUUID().toString()).offset(2).build();
    Batch batch =
        new Batch(
            "e",
            1,
            3,
            false,
            CLOSED,
            List.of(
                new Update.Gap(CLOSED - 5000, CLOSED, "w1@späť", List.of(), 12, "reconnect"),
                new Update.TaskUpdate(task),
                new Update.BatchProgress("g", 4, 2, 1, 1, 50)));
    ColumnsReader.Frame frame =
        new ColumnsReader().read(ColumnsFrames.batch("celery:tasks", batch, 1024).getBytes());
    assertThat(frame.tasks()).containsExactly(task);
    assertThat(frame.others()).extracting(ColumnsReader.Other::place).containsExactly(0, 2);
    assertThat(frame.others().get(0).json()).contains("\"worker\":\"w1@späť\"", "\"estimated\":12");
  }

  @Test
  void shouldRefuseAFrameThatDoesNotFollowTheOneBefore() {
    ColumnsGeneration generation = new ColumnsGeneration(1);
    Task task = Task.builder(UUID.randomUUID().toString()).build();
    Buffer first = ColumnsFrames.batch("r", dense(1, List.of(task)), 1024, generation);
    ColumnsFrames.batch("r", dense(2, List.of(task)), 1024, generation);
    Buffer third = ColumnsFrames.batch("r", dense(3, List.of(task)), 1024, generation);
    ColumnsReader reader = new ColumnsReader();
    reader.read(first.getBytes());
    assertThatThrownBy(() -> reader.read(third.getBytes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("frame 3 of generation 1")
        .hasMessageContaining("expected: frame 2 of 1");
  }

  @Property(tries = 2000)
  void shouldRefuseAnyOtherBytesWithoutAnyOtherException(@ForAll byte[] bytes) {
    try {
      assertThat(new ColumnsReader().read(bytes)).isNotNull();
    } catch (IllegalArgumentException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    }
  }

  private static Batch dense(long from, List<Task> tasks) {
    List<Update> updates = new ArrayList<>();
    long offset = from - 1;
    for (Task task : tasks) {
      updates.add(new Update.TaskUpdate(task.withOffset(++offset)));
    }
    return new Batch("e", from, offset, false, CLOSED, updates);
  }

  private static List<Task> tasksOf(Batch batch) {
    List<Task> tasks = new ArrayList<>();
    for (Update update : batch.updates()) {
      tasks.add(((Update.TaskUpdate) update).task());
    }
    return tasks;
  }

  @Provide
  Arbitrary<List<Task>> tasks() {
    Arbitrary<String> texts =
        Arbitraries.of("", "orders.add", "(2, 3)", "späť 😀", "celery", "w1@alpha", "true")
            .injectNull(0.3);
    Arbitrary<Long> times =
        Arbitraries.longs()
            .between(-40_000, 40_000)
            .map(d -> CLOSED + d)
            .injectNull(0.4)
            .map(t -> t == null ? -1L : t);
    Arbitrary<String> ids =
        Arbitraries.oneOf(
            Arbitraries.create(() -> UUID.randomUUID().toString()),
            Arbitraries.strings().ofMinLength(1).ofMaxLength(40));
    return net.jqwik.api.Combinators.combine(
            ids,
            texts,
            Arbitraries.of("SUCCESS", "STARTED", "PROGRESS", "Ünusual"),
            times,
            texts,
            times,
            Arbitraries.oneOf(Arbitraries.doubles(), Arbitraries.of(0.05, -0.0, 0.0, Double.NaN)),
            times)
        .as(
            (id, name, state, sent, args, started, runtime, stamp) ->
                Task.builder(id)
                    .name(name)
                    .state(state)
                    .sentMillis(sent)
                    .args(args)
                    .kwargs(args)
                    .startedMillis(started)
                    .receivedMillis(stamp)
                    .etaMillis(stamp)
                    .rootId(args == null ? id : args)
                    .parentId(name)
                    .retries(args == null ? -1 : args.length())
                    .runtimeSeconds(runtime)
                    .timestampMillis(stamp)
                    .progress(name == null ? null : "{\"current\":1}")
                    .suspect(started < 0 ? new Task.Suspect("silent", CLOSED) : null)
                    .build())
        .list()
        .ofMinSize(1)
        .ofMaxSize(30)
        .uniqueElements(Task::uuid);
  }
}
