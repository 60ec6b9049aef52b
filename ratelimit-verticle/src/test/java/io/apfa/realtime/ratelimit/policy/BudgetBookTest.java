package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.UserRole;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BudgetBookTest {
  @Property(tries = 200)
  void shouldNeverGrantTheClusterMoreThanBurstPlusRateTimesTime(
      @ForAll @Size(max = 100) List<@IntRange(min = 0, max = 5) Integer> wants) {
    BudgetBook book = new BudgetBook();
    double granted = 0;
    long now = 0;
    for (int want : wants) {
      now += 100_000_000L;
      granted += book.grant("user:alice", null, want, LimitPolicy.DEFAULTS, now).permits();
      double allowed =
          Limits.DEFAULTS.get(LimitKey.COMMANDS_BURST_PER_USER)
              + Limits.DEFAULTS.get(LimitKey.COMMANDS_PER_SECOND_PER_USER) * now / 1e9;
      assertThat(granted).isLessThanOrEqualTo(allowed);
    }
  }

  @Test
  void shouldSayWhenToComeAgain() {
    BudgetBook book = new BudgetBook();
    Limits limits =
        Limits.DEFAULTS
            .with(LimitKey.COMMANDS_BURST_PER_USER, 1)
            .with(LimitKey.COMMANDS_PER_SECOND_PER_USER, 2);
    assertThat(book.grant("user:alice", null, 1, LimitPolicy.of(limits), 0).permits()).isEqualTo(1);
    BudgetBook.Grant refused = book.grant("user:alice", null, 1, LimitPolicy.of(limits), 0);
    assertThat(refused.permits()).isZero();
    assertThat(refused.retryAfterMillis()).isEqualTo(500);
  }

  @Test
  void shouldForgetBudgetsNobodyUses() {
    BudgetBook book = new BudgetBook();
    book.grant("user:alice", null, 1, LimitPolicy.DEFAULTS, 0);
    book.forgetIdle(700_000_000_000L);
    assertThat(book.size()).isZero();
  }

  @Test
  void shouldGrantByTheUsersOwnLimitsThenTheRolesThenTheCommonOnes() {
    LimitPolicy policy =
        LimitsParser.parse(
            """
            overrides:
              roles:
                admin: {commands: {burst-per-user: 7, burst-per-role: 70}}
              users:
                ada: {commands.burst-per-user: 3}
            """);
    BudgetBook book = new BudgetBook();
    assertThat(book.grant("user:ada", UserRole.ADMIN, 100, policy, 0).permits()).isEqualTo(3);
    assertThat(book.grant("user:bob", UserRole.ADMIN, 100, policy, 0).permits()).isEqualTo(7);
    assertThat(book.grant("user:eve", null, 100, policy, 0).permits()).isEqualTo(50);
    assertThat(book.grant("role:admin", UserRole.ADMIN, 100, policy, 0).permits()).isEqualTo(70);
    assertThat(book.grant("role:viewer", null, 300, policy, 0).permits()).isEqualTo(200);
  }
}
