package io.apfa.realtime.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorLoadTest {
  private static final long SECOND = 1_000_000_000L;

  private final Machine machine = new Machine();

  private static final class Machine implements ProcessorLoad.Meter {
    long usedNanos;
    int processors = 2;

    @Override
    public long usedNanos() {
      return usedNanos;
    }

    @Override
    public int processors() {
      return processors;
    }
  }

  @Test
  void shouldBeTheShareOfTheProcessorsUsedSinceTheLastQuestion() {
    ProcessorLoad load = new ProcessorLoad(machine, 0);
    machine.usedNanos = SECOND;
    assertThat(load.sinceLast(SECOND)).isEqualTo(0.5);
    machine.usedNanos = SECOND + SECOND / 5;
    assertThat(load.sinceLast(2 * SECOND)).isEqualTo(0.1);
  }

  @Test
  void shouldFollowTheProcessorsAsTheyAreTakenAway() {
    ProcessorLoad load = new ProcessorLoad(machine, 0);
    machine.usedNanos = SECOND;
    machine.processors = 1;
    assertThat(load.sinceLast(SECOND)).isEqualTo(1);
  }

  @Test
  void shouldBeZeroWhereTheSystemDoesNotTell() {
    machine.usedNanos = -1;
    ProcessorLoad load = new ProcessorLoad(machine, 0);
    assertThat(load.sinceLast(SECOND)).isZero();
    assertThat(load.sinceLast(SECOND)).isZero();
  }

  @Test
  void shouldSeeThisProcessWork() {
    ProcessorLoad load = ProcessorLoad.ofThisProcess(0);
    long sum = 0;
    for (int i = 0; i < 50_000_000; i++) {
      sum += i ^ (sum << 1);
    }
    assertThat(sum).isNotZero();
    assertThat(load.sinceLast(SECOND / 1000)).isPositive();
  }
}
