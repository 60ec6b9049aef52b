package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.runtime.store.StateStore.LeaseAnswer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OwnerLeaseTest {
  private static final long MILLIS = 1_000_000;

  private final OwnerLease lease = new OwnerLease(Duration.ofMillis(1800), 0);

  @Test
  void shouldCountFromTheMomentItAsked() {
    lease.onAsked(0);
    lease.onAnswer(new LeaseAnswer(true, 7, "a"), 0);

    assertThat(lease.isHeld(1799 * MILLIS)).isTrue();
    assertThat(lease.isHeld(1800 * MILLIS)).isFalse();
    assertThat(lease.token()).isEqualTo(7);
  }

  @Test
  void shouldNotBeHeldByAnAnswerThatCameTooLate() {
    lease.onAsked(0);
    lease.onAnswer(new LeaseAnswer(true, 7, "a"), 0);
    assertThat(lease.isHeld(5000 * MILLIS)).isFalse();
  }

  @Test
  void shouldAskSeveralTimesATtlAndGiveAnUnansweredQuestionUp() {
    assertThat(lease.isDue(0)).isTrue();
    lease.onAsked(0);
    assertThat(lease.isDue(300 * MILLIS)).isFalse();
    assertThat(lease.isDue(900 * MILLIS)).isTrue();
    lease.onAnswer(new LeaseAnswer(true, 7, "a"), 0);
    assertThat(lease.isDue(299 * MILLIS)).isFalse();
    assertThat(lease.isDue(300 * MILLIS)).isTrue();
  }

  @Test
  void shouldLoseItWhenAnotherHoldsIt() {
    lease.onAsked(0);
    lease.onAnswer(new LeaseAnswer(true, 7, "a"), 0);
    lease.onAsked(300 * MILLIS);
    lease.onAnswer(new LeaseAnswer(false, 8, "b"), 300 * MILLIS);
    assertThat(lease.isHeld(301 * MILLIS)).isFalse();
  }

  @Test
  void shouldKeepWhatItHasWhenAQuestionFails() {
    lease.onAsked(0);
    lease.onAnswer(new LeaseAnswer(true, 7, "a"), 0);
    lease.onAsked(300 * MILLIS);
    lease.onFailure(300 * MILLIS);
    assertThat(lease.isHeld(301 * MILLIS)).isTrue();
    assertThat(lease.isDue(600 * MILLIS)).isTrue();
  }
}
