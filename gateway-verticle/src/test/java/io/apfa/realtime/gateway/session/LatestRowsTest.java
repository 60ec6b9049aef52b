package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatestRowsTest {
  @Property(tries = 300)
  void shouldHaveTheLastRowOfEachKeyAfterAnyPosition(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 7) Integer> keys,
      @ForAll @IntRange(min = 0, max = 60) int floor,
      @ForAll @IntRange(min = 0, max = 60) int position,
      @ForAll @IntRange(min = 1, max = 10) int most) {
    LatestRows latest = new LatestRows();
    Map<Object, Segment.Row> expected = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      // key 0 stands for a kind that is never left out
      Segment.Row row = new Segment.Row(i + 1, keys.get(i) == 0 ? gap(i) : task(keys.get(i)));
      latest.add(row);
      Object key = keys.get(i) == 0 ? "gap" + i : keys.get(i);
      expected.remove(key);
      if (i + 1 > Math.max(floor, position)) {
        expected.put(key, row);
      }
    }
    latest.removeUntil(floor);
    List<Segment.Row> all = new ArrayList<>(expected.values());
    assertThat(latest.after(position, most)).isEqualTo(all.subList(0, Math.min(most, all.size())));
  }

  @Test
  void shouldKeepRowsThatShareAnOffset() {
    LatestRows latest = new LatestRows();
    latest.add(new Segment.Row(5, task(1)));
    latest.add(new Segment.Row(5, task(2)));
    latest.add(new Segment.Row(6, task(1)));
    assertThat(latest.after(4, 9)).extracting(Segment.Row::offset).containsExactly(5L, 6L);
    assertThat(latest.after(5, 9)).extracting(Segment.Row::offset).containsExactly(6L);
  }

  private static Update task(int number) {
    return new Update.TaskUpdate(Task.builder("t" + number).state("STARTED").build());
  }

  private static Update gap(int number) {
    return new Update.Gap(number, number + 1, null, List.of(), 0, "lost");
  }
}
