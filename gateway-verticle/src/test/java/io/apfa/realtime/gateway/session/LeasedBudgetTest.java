package io.apfa.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeasedBudgetTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long LEASE = 2 * SECOND;

  private final LeasedBudget budget = new LeasedBudget(10, 50, 1, 0);

  @Test
  void shouldSpendWhatItLeasedAndAskWhenThatIsSpent() {
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.ASK);
    lease(2, 0);
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.GRANTED);
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.GRANTED);
    assertThat(budget.spend(0).kind()).isNotEqualTo(LeasedBudget.Kind.GRANTED);
  }

  @Test
  void shouldNotSpendALeaseThatIsOver() {
    lease(5, 0);
    assertThat(budget.spend(LEASE).kind()).isEqualTo(LeasedBudget.Kind.ASK);
    assertThat(budget.hasRest(LEASE)).isTrue();
    assertThat(budget.giveBack(LEASE)).isEqualTo(new LeasedBudget.Ask(0, 0, 0));
    assertThat(budget.hasRest(LEASE)).isFalse();
  }

  @Test
  void shouldAskAgainAtOnceWhileItGetsAllItWants() {
    LeasedBudget.Ask first = budget.ask(2, 0);
    budget.onLease(first, first.wanted(), LEASE, 0, 0);
    for (int i = 0; i < first.wanted(); i++) {
      assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.GRANTED);
    }
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.ASK);
    assertThat(budget.ask(2, 0).wanted()).isGreaterThan(first.wanted());
  }

  @Test
  void shouldRefuseByItselfForAPauseWhenItGotLessThanItWanted() {
    lease(0, 0);
    LeasedBudget.Answer refused = budget.spend(SECOND);
    assertThat(refused.kind()).isEqualTo(LeasedBudget.Kind.REFUSED);
    assertThat(refused.retryAfterNanos()).isEqualTo(SECOND / 2);
    assertThat(budget.spend(SECOND + SECOND / 2).kind()).isEqualTo(LeasedBudget.Kind.ASK);
  }

  @Test
  void shouldPauseNoLongerThanHalfTheBurstTakesToComeIn() {
    LeasedBudget small = new LeasedBudget(10, 4, 1, 0);
    small.onLease(small.ask(2, 0), 0, LEASE, 1, 0);
    assertThat(small.spend(SECOND / 5).kind()).isEqualTo(LeasedBudget.Kind.ASK);
  }

  @Test
  void shouldAskAgainAtOnceWhenOtherLimitsAreInForce() {
    lease(0, 0);
    budget.configure(100, 500, 1, 0);
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.ASK);
  }

  @Test
  void shouldSpendNoMoreThanItsShareWhileNoLeaderAnswers() {
    LeasedBudget third = new LeasedBudget(9, 30, 3, 0);
    int granted = 0;
    for (long now = 0; now <= 4 * SECOND; now += SECOND / 20) {
      granted += third.spendOfShare(now).kind() == LeasedBudget.Kind.GRANTED ? 1 : 0;
    }
    assertThat(granted).isEqualTo(10 + 4 * 3);
  }

  @Test
  void shouldCountWhatItLeasedAgainstItsShareSoThatALostLeaderIsNoSecondBurst() {
    LeasedBudget third = new LeasedBudget(9, 30, 3, 0);
    third.onLease(third.ask(2, 0), 10, LEASE, 0, 0);
    for (int i = 0; i < 10; i++) {
      third.spend(0);
    }
    assertThat(third.spendOfShare(0).kind()).isEqualTo(LeasedBudget.Kind.REFUSED);
    assertThat(third.ask(2, 0).deficit()).isEqualTo(10);
  }

  @Test
  void shouldTellTheLeaderWhatItSpentOfItsShareWithWhatItLeased() {
    lease(1, 0);
    budget.spend(0);
    budget.spendOfShare(0);
    assertThat(budget.ask(2, 0).spent()).isEqualTo(2);
  }

  @Test
  void shouldHaveAPermitAgainThatWasSpentForNothing() {
    lease(1, 0);
    budget.spend(0);
    budget.unspend(0);
    assertThat(budget.spend(0).kind()).isEqualTo(LeasedBudget.Kind.GRANTED);
  }

  private void lease(double granted, long nowNanos) {
    budget.onLease(budget.ask(2, nowNanos), granted, LEASE, 1, nowNanos);
  }
}
