package io.apfa.realtime.broadcaster.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RowCodecTest {
  private static RowCodec.StoredTask roundTrip(Task task, List<TimelineEntry> timeline) {
    return RowCodec.decode(
        task.uuid(), RowCodec.encode(task, timeline, new PackedWriter()), new Dictionary(1_000));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars('a', 'ü', '€', '\u0000', '"', '\n')
        .ofMaxLength(40)
        .injectNull(0.3);
  }

  @Property(tries = 500)
  void shouldReadBackEveryTask(
      @ForAll("texts") String text,
      @ForAll("texts") String other,
      @ForAll @Size(12) List<Long> numbers,
      @ForAll double runtime) {
    List<Long> times = new ArrayList<>();
    for (long number : numbers) {
      times.add(number % 3 == 0 ? -1 : Math.abs(number % 4_000_000_000_000L));
    }
    Task task =
        Task.builder("a-b")
            .state(text == null ? "SUCCESS" : "X" + text)
            .name(text)
            .worker(other)
            .queue(text)
            .args(other)
            .kwargs(text)
            .retries((int) (numbers.get(0) % 1000))
            .etaMillis(times.get(0))
            .expiresMillis(times.get(1))
            .rootId(numbers.get(1) % 2 == 0 ? "a-b" : "root" + other)
            .parentId(other)
            .groupId(text)
            .sentMillis(times.get(2))
            .receivedMillis(times.get(3))
            .startedMillis(times.get(4))
            .succeededMillis(times.get(5))
            .failedMillis(times.get(6))
            .retriedMillis(times.get(7))
            .revokedMillis(times.get(8))
            .rejectedMillis(times.get(9))
            .timestampMillis(times.get(10))
            .runtimeSeconds(runtime)
            .result(text)
            .exception(other)
            .traceback(text)
            .progress(other)
            .suspect(text == null ? null : new Task.Suspect(text, times.get(11)))
            .offset(numbers.get(11))
            .build();
    List<TimelineEntry> timeline =
        List.of(
            new TimelineEntry("task-sent", 5, "gen@x"),
            new TimelineEntry("task-späť", -1, String.valueOf(other)),
            new TimelineEntry("task-failed", times.get(4), "w1"));

    assertThat(roundTrip(task, timeline)).isEqualTo(new RowCodec.StoredTask(task, timeline));
  }

  @Property(tries = 1_000)
  void shouldRefuseOrReadAnyBytesButNeverFailOtherwise(@ForAll byte[] bytes) {
    try {
      assertThat(RowCodec.decode("u", Buffer.buffer(bytes), new Dictionary(10)).task().uuid())
          .isEqualTo("u");
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("expected:");
    }
  }

  @Test
  void shouldLeaveFieldsANewerWriterAddedAlone() {
    Task task = Task.builder("u").name("n").offset(7).build();
    Buffer longer = RowCodec.encode(task, List.of(), new PackedWriter()).appendString("more");
    assertThat(RowCodec.decode("u", longer, new Dictionary(10)).task()).isEqualTo(task);
  }

  @Test
  void shouldRefuseAnotherVersion() {
    assertThatThrownBy(() -> RowCodec.decode("u", Buffer.buffer("\u0009"), new Dictionary(10)))
        .hasMessage("entry of task u: version 9 (expected: 1)");
  }

  @Test
  void shouldKeepAUsualTaskWithItsHistoryUnder200Bytes() {
    SourceRoom room = RoomFixture.room();
    RoomFixture.offer(room, Events.life("3f2504e0-4f89-11d3-9a0c-0305e82c3301", Events.T0));
    RoomFixture.flush(room);
    assertThat(room.table.storedBytes()).isLessThan(200);
  }
}
