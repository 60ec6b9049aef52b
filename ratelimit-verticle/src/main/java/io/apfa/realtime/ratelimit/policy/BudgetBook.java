package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.protocol.UserRole;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The budgets of the whole cluster: commands per user and per role. Nodes lease permits in slices
 * and spend them without asking; what a node does not spend within its lease is gone, never spent
 * twice, so the budget is never exceeded.
 *
 * <p>Confined to its verticle's context.
 */
public final class BudgetBook {
  private static final String ROLE = "role:";
  private static final long IDLE_NANOS = 600_000_000_000L;

  private final Map<String, Budget> budgets = new HashMap<>();

  private static final class Budget {
    final TokenBucket bucket;
    long usedNanos;

    Budget(TokenBucket bucket, long usedNanos) {
      this.bucket = bucket;
      this.usedNanos = usedNanos;
    }
  }

  /**
   * Permits granted.
   *
   * @param permits how many, at most as many as wanted; 0 = refused
   * @param retryAfterMillis when to ask again after a refusal; 0 otherwise
   */
  public record Grant(double permits, long retryAfterMillis) {}

  /**
   * Grants up to {@code wanted} permits of {@code budget} ({@code user:…} or {@code role:…}).
   *
   * @param userRole the role of the user whose budget it is; null = not known
   */
  public Grant grant(
      String budget,
      @Nullable UserRole userRole,
      double wanted,
      LimitPolicy policy,
      long nowNanos) {
    boolean role = budget.startsWith(ROLE);
    Limits limits =
        role
            ? policy.ofRole(UserRole.ofWord(budget.substring(ROLE.length())))
            : policy.ofUser(budget.substring(budget.indexOf(':') + 1), userRole);
    double rate =
        limits.get(
            role ? LimitKey.COMMANDS_PER_SECOND_PER_ROLE : LimitKey.COMMANDS_PER_SECOND_PER_USER);
    double burst =
        limits.get(role ? LimitKey.COMMANDS_BURST_PER_ROLE : LimitKey.COMMANDS_BURST_PER_USER);
    Budget known =
        budgets.computeIfAbsent(
            budget, name -> new Budget(new TokenBucket(rate, burst, nowNanos), nowNanos));
    known.usedNanos = nowNanos;
    known.bucket.configure(rate, burst, nowNanos);
    double permits = Math.floor(Math.min(wanted, known.bucket.available(nowNanos) + 1e-9));
    if (permits < 1) {
      return new Grant(0, Math.max(1, known.bucket.nanosUntil(1, nowNanos) / 1_000_000));
    }
    known.bucket.tryAcquire(permits, nowNanos);
    return new Grant(permits, 0);
  }

  /** Forgets budgets nobody asked of for ten minutes: they are full again by then. */
  public void forgetIdle(long nowNanos) {
    budgets.values().removeIf(budget -> nowNanos - budget.usedNanos > IDLE_NANOS);
  }

  /** How many budgets are kept. */
  public int size() {
    return budgets.size();
  }
}
