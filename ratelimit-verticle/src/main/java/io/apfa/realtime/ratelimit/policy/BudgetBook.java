package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.protocol.UserRole;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The budgets of the whole cluster: commands per user and per role. Nodes lease permits in slices
 * and spend them without asking. What a node did not spend returns with its next request; what a
 * node held that died returns when its lease is over.
 *
 * <p>A node gets no more than its part, as one of those that asked lately, of what is there or of
 * what came in since it last asked, so that one that wants much leaves something for a user who
 * goes on at another.
 *
 * <p>After a change of the leader the new one learns from each node's first request what it spent
 * before, and takes that from a budget that would else be full again.
 *
 * <p>Bound: {@value #MAX_BUDGETS} budgets; the ones longest unused leave first.
 *
 * <p>Confined to its verticle's context.
 */
public final class BudgetBook {
  /** How long a lease lasts, in nanoseconds. */
  public static final long LEASE_NANOS = 2_000_000_000L;

  static final int MAX_BUDGETS = 100_000;

  private static final String ROLE = "role:";
  private static final long IDLE_NANOS = 600_000_000_000L;

  /** A node that has not asked for so long does not count as one that does. */
  private static final long ASKING_NANOS = 3_000_000_000L;

  /**
   * A node may have more than its part of what came in since it last asked, while it is there: else
   * as much as comes in from one request to the next would always lie here unspent.
   */
  private static final double PART_OF_WHAT_CAME = 1.25;

  private final Map<String, Budget> budgets = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Budget {
    final TokenBucket bucket;
    final Map<NodeId, Lease> leases = new HashMap<>();
    double ratePerSecond;
    double burst;
    long usedNanos;

    Budget(TokenBucket bucket) {
      this.bucket = bucket;
    }
  }

  /** What a node holds, as far as it has not said what it spent. */
  private static final class Lease {
    double permits;
    long untilNanos;
    long askedNanos;
  }

  /**
   * Permits granted.
   *
   * @param permits how many, at most as many as wanted; 0 = refused
   * @param retryAfterMillis when to ask again after a refusal; 0 otherwise
   */
  public record Grant(double permits, long retryAfterMillis) {}

  /** Takes back what the node did not spend, and grants it up to what it wants. */
  public Grant grant(BusMessage.PermitRequest request, LimitPolicy policy, long nowNanos) {
    Budget budget = budget(request, policy, nowNanos);
    Lease lease = budget.leases.get(request.node());
    if (lease == null) {
      lease = new Lease();
      lease.askedNanos = nowNanos;
      budget.leases.put(request.node(), lease);
      double spentBefore = Math.min(request.deficit(), budget.bucket.available(nowNanos));
      budget.bucket.tryAcquire(spentBefore, nowNanos);
    } else {
      settle(budget.bucket, lease.permits - request.spent(), nowNanos);
    }
    lease.permits = 0;
    if (request.wanted() < 1) {
      return new Grant(0, 0);
    }
    double seconds = Math.min(ASKING_NANOS, nowNanos - lease.askedNanos) / 1e9;
    lease.askedNanos = nowNanos;
    long nodes = nodesThatAsk(budget, nowNanos);
    double available = budget.bucket.available(nowNanos) + 1e-9;
    double came = PART_OF_WHAT_CAME * budget.ratePerSecond * seconds / nodes;
    double part = Math.min(available, Math.max(1, Math.max(came, available / nodes)));
    double permits = Math.floor(Math.min(request.wanted(), part));
    if (permits < 1) {
      return new Grant(0, Math.max(1, budget.bucket.nanosUntil(1, nowNanos) / 1_000_000));
    }
    budget.bucket.tryAcquire(permits, nowNanos);
    lease.permits = permits;
    lease.untilNanos = nowNanos + LEASE_NANOS;
    return new Grant(permits, 0);
  }

  /** A node that spent more than it leased found no leader for a while, and had its share. */
  private static void settle(TokenBucket bucket, double rest, long nowNanos) {
    if (rest >= 0) {
      bucket.giveBack(rest, nowNanos);
    } else {
      bucket.tryAcquire(Math.min(-rest, bucket.available(nowNanos)), nowNanos);
    }
  }

  private Budget budget(BusMessage.PermitRequest request, LimitPolicy policy, long nowNanos) {
    String name = request.budget();
    boolean role = name.startsWith(ROLE);
    String word = request.role();
    Limits limits =
        role
            ? policy.ofRole(UserRole.ofWord(name.substring(ROLE.length())))
            : policy.ofUser(
                name.substring(name.indexOf(':') + 1), word == null ? null : UserRole.ofWord(word));
    double rate =
        limits.get(
            role ? LimitKey.COMMANDS_PER_SECOND_PER_ROLE : LimitKey.COMMANDS_PER_SECOND_PER_USER);
    double burst =
        limits.get(role ? LimitKey.COMMANDS_BURST_PER_ROLE : LimitKey.COMMANDS_BURST_PER_USER);
    Budget budget = budgets.get(name);
    if (budget == null) {
      makeRoom(nowNanos);
      budget = new Budget(new TokenBucket(rate, burst, nowNanos));
      budgets.put(name, budget);
    }
    budget.usedNanos = nowNanos;
    budget.ratePerSecond = rate;
    budget.burst = burst;
    budget.bucket.configure(rate, burst, nowNanos);
    return budget;
  }

  private static long nodesThatAsk(Budget budget, long nowNanos) {
    return budget.leases.values().stream()
        .filter(lease -> nowNanos - lease.askedNanos < ASKING_NANOS)
        .count();
  }

  private void makeRoom(long nowNanos) {
    if (budgets.size() >= MAX_BUDGETS) {
      forgetIdle(nowNanos);
    }
    Iterator<Budget> longestUnused = budgets.values().iterator();
    while (budgets.size() >= MAX_BUDGETS) {
      Budget unused = longestUnused.next();
      longestUnused.remove();
      unused.leases.clear();
    }
  }

  /** Takes back what nodes held that are not {@code alive}, once their leases are over. */
  public void returnLeases(Predicate<NodeId> alive, long nowNanos) {
    for (Budget budget : budgets.values()) {
      budget
          .leases
          .entrySet()
          .removeIf(
              held -> {
                Lease lease = held.getValue();
                if (nowNanos < lease.untilNanos || alive.test(held.getKey())) {
                  return false;
                }
                budget.bucket.giveBack(lease.permits, nowNanos);
                lease.permits = 0;
                return nowNanos - lease.askedNanos > IDLE_NANOS;
              });
    }
  }

  /** Forgets budgets that are full and that nobody asked of for ten minutes. */
  public void forgetIdle(long nowNanos) {
    budgets
        .values()
        .removeIf(
            budget ->
                nowNanos - budget.usedNanos > IDLE_NANOS
                    && budget.bucket.available(nowNanos) >= budget.burst);
  }

  /** How many budgets are kept. */
  public int size() {
    return budgets.size();
  }
}
