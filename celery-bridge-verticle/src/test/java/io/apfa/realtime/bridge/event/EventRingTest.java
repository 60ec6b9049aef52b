package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EventRingTest {
  private static HeardMessage message(String text, long millis) {
    return HeardMessage.envelope(text.getBytes(StandardCharsets.UTF_8), millis);
  }

  private static String hash(String text) {
    return MessageHash.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void shouldFindThePlaceAfterTheNewestMessageWithAHash() {
    EventRing ring = new EventRing(10_000, 30_000);
    ring.add(message("a", 1));
    ring.add(message("[]", 2));
    ring.add(HeardMessage.silence(2, 3));
    ring.add(message("[]", 4));
    ring.add(message("b", 5));

    assertThat(ring.numberAfter(hash("[]"))).isEqualTo(4);
    assertThat(ring.numberAfter(hash("b"))).isEqualTo(ring.next());
    assertThat(ring.numberAfter(hash("unheard"))).isEqualTo(-1);
  }

  @Test
  void shouldForgetByAgeAndByBytesButNeverTheNewest() {
    EventRing ring = new EventRing(300, 30_000);
    ring.add(message("old", 1_000));
    ring.add(message("newer", 40_000));
    ring.evict(40_001);
    assertThat(ring.first()).isEqualTo(1);
    ring.evict(400_000);
    assertThat(ring.first()).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      ring.add(message("m" + i, 400_000));
    }
    assertThat(ring.isOverBytes()).isTrue();
    ring.evict(400_000);
    assertThat(ring.isOverBytes()).isFalse();
    assertThat(ring.get(ring.next() - 1).bytes()).isEqualTo("m99".getBytes(StandardCharsets.UTF_8));
  }

  @Property(tries = 200)
  void shouldBehaveAsAList(@ForAll List<@IntRange(min = 0, max = 9) Integer> steps) {
    EventRing ring = new EventRing(Long.MAX_VALUE, Long.MAX_VALUE / 2);
    List<HeardMessage> model = new ArrayList<>();
    long first = 0;
    for (int step : steps) {
      for (int i = 0; i < step * 20; i++) {
        HeardMessage message = message("m", 1);
        assertThat(ring.add(message)).isEqualTo(first + model.size());
        model.add(message);
      }
      int head = Math.min(model.size(), step * 7);
      ring.removeBefore(first + head);
      model.subList(0, head).clear();
      first += head;
      int tail = Math.min(model.size(), step);
      ring.removeFrom(first + model.size() - tail);
      model.subList(model.size() - tail, model.size()).clear();
      assertThat(ring.first()).isEqualTo(first);
      assertThat(ring.next()).isEqualTo(first + model.size());
      assertThat(ring.bytes()).isEqualTo(model.stream().mapToLong(HeardMessage::keptBytes).sum());
      for (int i = 0; i < model.size(); i++) {
        assertThat(ring.get(first + i)).isSameAs(model.get(i));
      }
    }
  }
}
