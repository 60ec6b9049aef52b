package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BudgetBookTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final long SECOND = 1_000_000_000L;
  private static final LimitPolicy TEN_AT_ONCE =
      LimitPolicy.of(
          Limits.DEFAULTS
              .with(LimitKey.COMMANDS_BURST_PER_USER, 10)
              .with(LimitKey.COMMANDS_PER_SECOND_PER_USER, 0.01));

  private final BudgetBook book = new BudgetBook();

  @Property(tries = 200)
  void shouldNeverLetTheClusterSpendMoreThanBurstPlusRateTimesTime(
      @ForAll @Size(max = 100) List<@IntRange(min = 0, max = 23) Integer> requests) {
    BudgetBook fresh = new BudgetBook();
    double[] held = new double[3];
    double spent = 0;
    long now = 0;
    for (int request : requests) {
      now += 100_000_000L;
      int node = request % 3;
      double used = Math.min(held[node], request / 6.0);
      spent += used;
      held[node] =
          fresh
              .grant(
                  asks(new NodeId("n" + node), "user:alice", used, request / 3.0, 0),
                  LimitPolicy.DEFAULTS,
                  now)
              .permits();
      double allowed =
          Limits.DEFAULTS.get(LimitKey.COMMANDS_BURST_PER_USER)
              + Limits.DEFAULTS.get(LimitKey.COMMANDS_PER_SECOND_PER_USER) * now / 1e9;
      assertThat(spent + held[0] + held[1] + held[2]).isLessThanOrEqualTo(allowed + 1e-6);
    }
  }

  @Test
  void shouldSayWhenToComeAgain() {
    LimitPolicy one =
        LimitPolicy.of(
            Limits.DEFAULTS
                .with(LimitKey.COMMANDS_BURST_PER_USER, 1)
                .with(LimitKey.COMMANDS_PER_SECOND_PER_USER, 2));
    assertThat(book.grant(asks(A, "user:alice", 0, 1, 0), one, 0).permits()).isEqualTo(1);
    BudgetBook.Grant refused = book.grant(asks(A, "user:alice", 1, 1, 0), one, 0);
    assertThat(refused.permits()).isZero();
    assertThat(refused.retryAfterMillis()).isEqualTo(500);
  }

  @Test
  void shouldTakeBackWhatANodeDidNotSpendWithItsNextRequest() {
    assertThat(permits(A, 0, 10, 0)).isEqualTo(10);
    assertThat(permits(A, 3, 10, 0)).isEqualTo(7);
  }

  @Test
  void shouldTakeBackWhatANodeGivesBackWithoutGrantingAnything() {
    assertThat(permits(A, 0, 10, 0)).isEqualTo(10);
    assertThat(permits(A, 4, 0, 0)).isZero();
    assertThat(permits(B, 0, 10, 4 * SECOND)).isEqualTo(6);
  }

  @Test
  void shouldTakeTheLeaseOfADeadNodeBackWhenItIsOver() {
    assertThat(permits(A, 0, 10, 0)).isEqualTo(10);
    book.returnLeases(node -> !node.equals(A), SECOND);
    assertThat(permits(B, 0, 10, SECOND)).isZero();
    book.returnLeases(node -> true, 3 * SECOND);
    assertThat(permits(B, 0, 10, 3 * SECOND)).isZero();
    book.returnLeases(node -> !node.equals(A), 3 * SECOND);
    book.returnLeases(node -> !node.equals(A), 4 * SECOND);
    assertThat(permits(B, 0, 20, 4 * SECOND)).isEqualTo(10);
  }

  @Test
  void shouldTakeFromANewLeadersBudgetWhatWasSpentBeforeItLed() {
    assertThat(book.grant(asks(A, "user:alice", 0, 3, 4), TEN_AT_ONCE, 0).permits()).isEqualTo(3);
    assertThat(book.grant(asks(B, "user:alice", 0, 9, 2), TEN_AT_ONCE, 0).permits()).isEqualTo(1);
    assertThat(book.grant(asks(A, "user:alice", 3, 9, 4), TEN_AT_ONCE, 0).permits()).isZero();
  }

  @Test
  void shouldCountWhatANodeSpentOfItsShareWhileNoLeaderAnswered() {
    assertThat(permits(A, 0, 2, 0)).isEqualTo(2);
    assertThat(permits(A, 6, 10, 0)).isEqualTo(4);
  }

  @Test
  void shouldLeaveOthersThatAskTheirPart() {
    assertThat(permits(A, 0, 1, 0)).isEqualTo(1);
    assertThat(permits(B, 0, 1, 0)).isEqualTo(1);
    assertThat(permits(A, 1, 10, 0)).isEqualTo(4);
    assertThat(permits(A, 4, 10, 4 * SECOND)).isEqualTo(4);
  }

  @Test
  void shouldForgetBudgetsNobodyUsesOnceTheyAreFull() {
    book.grant(asks(A, "user:alice", 0, 1, 0), LimitPolicy.DEFAULTS, 0);
    book.grant(asks(A, "user:bob", 0, 10, 0), TEN_AT_ONCE, 0);
    book.forgetIdle(700 * SECOND);
    assertThat(book.size()).isEqualTo(1);
    book.forgetIdle(1100 * SECOND);
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
    assertThat(granted("user:ada", "admin", policy)).isEqualTo(3);
    assertThat(granted("user:bob", "admin", policy)).isEqualTo(7);
    assertThat(granted("user:eve", null, policy)).isEqualTo(50);
    assertThat(granted("role:admin", "admin", policy)).isEqualTo(70);
    assertThat(granted("role:viewer", null, policy)).isEqualTo(200);
  }

  private double granted(String budget, String role, LimitPolicy policy) {
    return book.grant(new BusMessage.PermitRequest(A, budget, 0, 300, role, 0), policy, 0)
        .permits();
  }

  private double permits(NodeId node, double spent, double wanted, long nowNanos) {
    return book.grant(asks(node, "user:alice", spent, wanted, 0), TEN_AT_ONCE, nowNanos).permits();
  }

  private static BusMessage.PermitRequest asks(
      NodeId node, String budget, double spent, double wanted, double deficit) {
    return new BusMessage.PermitRequest(node, budget, spent, wanted, null, deficit);
  }
}
