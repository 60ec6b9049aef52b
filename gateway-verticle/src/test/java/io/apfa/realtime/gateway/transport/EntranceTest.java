package io.apfa.realtime.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** All the clients of a gateway that died arrive at once: who comes in when. */
class EntranceTest {
  private static final long TICK_NANOS = 20_000_000L;
  private static final int FIRST = Entrance.PER_TURN;

  private final Entrance<Integer> entrance = new Entrance<>(0);
  private final List<Integer> in = new ArrayList<>();
  private long now;

  private void arrive(int from, int count) {
    IntStream.range(from, from + count).filter(entrance::enter).forEach(in::add);
  }

  private void tick() {
    now += TICK_NANOS;
    entrance.onTick(now, in::add);
  }

  @Test
  void shouldLetInAtOnceWhoFindsNobodyWaiting() {
    arrive(0, FIRST);
    assertThat(in).hasSize(FIRST);
    assertThat(entrance.waiting()).isZero();
  }

  @Test
  void shouldServeThoseWhoAreInBeforeItLetsMoreIn() {
    arrive(0, 5000);
    assertThat(in).hasSize(FIRST);
    tick();
    assertThat(in).hasSize(2 * FIRST);
    for (int tick = 2; tick < 5000 / FIRST; tick++) {
      tick();
    }
    assertThat(in).containsExactlyElementsOf(IntStream.range(0, 5000).boxed().toList());
    assertThat(entrance.waiting()).isZero();
  }

  @Test
  void shouldLetNobodyPassThoseWhoWait() {
    arrive(0, FIRST + 1);
    arrive(FIRST + 1, 1);
    assertThat(in).hasSize(FIRST);
    tick();
    assertThat(in).endsWith(FIRST, FIRST + 1);
    arrive(FIRST + 2, 1);
    assertThat(in).endsWith(FIRST + 2);
  }

  @Test
  void shouldCountALateTickAndThoseItMissedAsOneTurn() {
    arrive(0, 5000);
    now += 50 * TICK_NANOS;
    for (int missed = 0; missed < 50; missed++) {
      entrance.onTick(now + missed, in::add);
    }
    assertThat(in).hasSize(2 * FIRST);
  }

  @Test
  void shouldGiveThePlaceOfOneThatLeftToTheNext() {
    arrive(0, 3 * FIRST);
    now += TICK_NANOS;
    entrance.onTick(now, connection -> connection >= FIRST + 10 && in.add(connection));
    assertThat(in).hasSize(2 * FIRST).endsWith(2 * FIRST + 9);
  }
}
