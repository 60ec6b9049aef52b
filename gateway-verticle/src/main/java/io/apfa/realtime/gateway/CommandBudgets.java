package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.TokenBucket;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The commands a user and a role may still give, over the whole cluster: permits are leased in
 * small numbers from the leading rate-limit verticle. While none answers, each gateway grants the
 * whole limit by itself.
 *
 * <p>Bound: {@value #MAX_BUDGETS} budgets; the ones longest unused leave first.
 *
 * <p>Confined to its verticle's context.
 */
final class CommandBudgets {
  static final int MAX_BUDGETS = 10_000;

  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final double WANTED = 5;

  private final Node node;
  private final Map<String, Budget> budgets = new HashMap<>();

  private static final class Budget {
    double permits;
    double spent;
    long leasedUntilNanos;
    long usedNanos;
    @Nullable TokenBucket own;
  }

  CommandBudgets(Node node) {
    this.node = node;
  }

  /** Takes a permit of the user's and of the role's; fails with RATE_EXCEEDED when one is spent. */
  Future<Void> acquire(Identity identity) {
    return acquire(
            "user:" + identity.user(),
            identity,
            LimitKey.COMMANDS_PER_SECOND_PER_USER,
            LimitKey.COMMANDS_BURST_PER_USER)
        .compose(
            done ->
                acquire(
                    "role:" + identity.role().word(),
                    identity,
                    LimitKey.COMMANDS_PER_SECOND_PER_ROLE,
                    LimitKey.COMMANDS_BURST_PER_ROLE));
  }

  private Future<Void> acquire(String name, Identity identity, LimitKey rate, LimitKey burst) {
    long now = node.ticker().nanos();
    Budget budget = budget(name, now);
    if (now < budget.leasedUntilNanos && budget.permits >= 1) {
      budget.permits--;
      budget.spent++;
      return Future.succeededFuture();
    }
    List<NodeId> leaders = node.directory().nodesWith(Role.RATELIMIT);
    return lease(name, identity, budget, leaders, 0)
        .recover(
            failure ->
                failure instanceof RefusedException refused
                        && refused.code() == ErrorCode.RATE_EXCEEDED
                    ? Future.failedFuture(failure)
                    : acquireHere(name, identity, budget, rate, burst));
  }

  private Future<Void> lease(
      String name, Identity identity, Budget budget, List<NodeId> nodes, int index) {
    if (index >= nodes.size()) {
      return Future.failedFuture(
          new RefusedException(ErrorCode.UNAVAILABLE, "no rate-limit verticle answers"));
    }
    double spent = budget.spent;
    return node.bus()
        .request(
            nodes.get(index),
            new BusMessage.PermitRequest(node.id(), name, spent, WANTED, identity.role().word()),
            BusMessage.PermitReply.class,
            TIMEOUT)
        .compose(
            reply -> {
              budget.spent = Math.max(0, budget.spent - spent);
              budget.permits = reply.granted();
              budget.leasedUntilNanos =
                  node.ticker().nanos() + Duration.ofMillis(reply.leaseMillis()).toNanos();
              if (budget.permits < 1) {
                return Future.failedFuture(exceeded(name, reply.retryAfterMillis()));
              }
              budget.permits--;
              budget.spent++;
              return Future.<Void>succeededFuture();
            })
        .recover(
            failure ->
                failure instanceof RefusedException refused
                        && refused.code() == ErrorCode.UNAVAILABLE
                    ? lease(name, identity, budget, nodes, index + 1)
                    : Future.failedFuture(failure));
  }

  private Future<Void> acquireHere(
      String name, Identity identity, Budget budget, LimitKey rate, LimitKey burst) {
    long now = node.ticker().nanos();
    Limits limits = node.limits().policy().ofUser(identity.user(), identity.role());
    TokenBucket own = budget.own;
    if (own == null) {
      own = new TokenBucket(limits.get(rate), limits.get(burst), now);
      budget.own = own;
    } else {
      own.configure(limits.get(rate), limits.get(burst), now);
    }
    return own.tryAcquire(1, now)
        ? Future.succeededFuture()
        : Future.failedFuture(exceeded(name, own.nanosUntil(1, now) / 1_000_000 + 1));
  }

  private Budget budget(String name, long nowNanos) {
    Budget budget = budgets.get(name);
    if (budget == null) {
      if (budgets.size() >= MAX_BUDGETS) {
        forgetIdle(nowNanos);
      }
      budget = new Budget();
      budgets.put(name, budget);
    }
    budget.usedNanos = nowNanos;
    return budget;
  }

  private void forgetIdle(long nowNanos) {
    long median = Duration.ofMinutes(1).toNanos();
    budgets.values().removeIf(budget -> nowNanos - budget.usedNanos > median);
    Iterator<Budget> rest = budgets.values().iterator();
    while (budgets.size() >= MAX_BUDGETS && rest.hasNext()) {
      Budget unused = rest.next();
      rest.remove();
    }
  }

  private static RefusedException exceeded(String name, long retryAfterMillis) {
    return new RefusedException(
        new BusMessage.Refusal(
            ErrorCode.RATE_EXCEEDED,
            "commands of " + name + ": limit reached (expected: wait " + retryAfterMillis + " ms)",
            retryAfterMillis));
  }
}
