package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrainPlanTest {
  private static final long MILLI = 1_000_000L;
  private static final long START = Long.MAX_VALUE - 2_000 * MILLI;

  /** When each session comes back, in milliseconds from the start. */
  private final List<Long> returns = new ArrayList<>();

  private void step(DrainPlan plan, long millis) {
    long delay = plan.nextDelayMillis(START + millis * MILLI);
    while (delay != DrainPlan.NOT_NOW) {
      returns.add(millis + delay);
      delay = plan.nextDelayMillis(START + millis * MILLI);
    }
  }

  private void run(DrainPlan plan, long fromMillis, long untilMillis) {
    for (long now = fromMillis; now < untilMillis; now += 20) {
      step(plan, now);
    }
  }

  private long mostInASecond() {
    long most = 0;
    for (long first : returns) {
      most = Math.max(most, returns.stream().filter(r -> r >= first && r < first + 1000).count());
    }
    return most;
  }

  /** They were closed until its end, and told to wait up to two seconds more. */
  @Test
  void shouldHaveTheLastSessionBackBeforeTheWindowEnds() {
    run(new DrainPlan(333, 10_000 * MILLI, START), 0, 20_000);

    assertThat(returns).hasSize(333).allMatch(back -> back <= 8_000);
  }

  @Test
  void shouldKeepNoMoreThanTwoSecondsOfALongWindowForTheLastOne() {
    run(new DrainPlan(600, 60_000 * MILLI, START), 0, 70_000);

    assertThat(returns).hasSize(600);
    assertThat(returns.get(599)).isBetween(57_000L, 58_000L);
  }

  @Test
  void shouldSpreadReturnsEvenly() {
    run(new DrainPlan(900, 10_000 * MILLI, START), 0, 20_000);

    assertThat(mostInASecond()).isBetween(112L, 114L);
  }

  @Test
  void shouldNotBunchReturnsAfterAPauseOfTheEventLoop() {
    DrainPlan plan = new DrainPlan(900, 10_000 * MILLI, START);
    run(plan, 0, 2_000);
    run(plan, 5_000, 20_000);

    assertThat(returns).hasSize(900).allMatch(back -> back <= 8_000);
    assertThat(mostInASecond()).isLessThanOrEqualTo(226);
  }

  @Test
  void shouldKeepThePaceWhenThePauseOutlastsTheWindow() {
    DrainPlan plan = new DrainPlan(900, 10_000 * MILLI, START);
    run(plan, 15_000, 30_000);

    assertThat(returns).hasSize(900);
    assertThat(mostInASecond()).isLessThanOrEqualTo(226);
  }

  @Test
  void shouldCloseAllAtOnceWithReturnsSpreadWhenThereIsNoWindow() {
    step(new DrainPlan(100, 0, START), 0);

    assertThat(returns).hasSize(100).allMatch(back -> back < 2_000);
    assertThat(mostInASecond()).isBetween(49L, 51L);
  }

  @Test
  void shouldHaveNothingToDoWithoutSessions() {
    assertThat(new DrainPlan(0, 10_000 * MILLI, START).nextDelayMillis(START))
        .isEqualTo(DrainPlan.NOT_NOW);
  }
}
