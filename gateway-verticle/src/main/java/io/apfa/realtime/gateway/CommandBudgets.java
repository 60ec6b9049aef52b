package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.gateway.session.LeasedBudget;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The commands a user and a role may still give, over the whole cluster: permits are leased from
 * the leading rate-limit verticle. While none answers, each gateway grants its share of the budget:
 * of as many gateways as there were when the leader last answered, so that one that is cut off from
 * the others does not take theirs.
 *
 * <p>Bound: {@value #MAX_BUDGETS} budgets; the ones longest unused leave first.
 *
 * <p>Confined to its verticle's context.
 */
final class CommandBudgets {
  static final int MAX_BUDGETS = 10_000;

  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final long LEADERLESS_NANOS = 1_000_000_000L;
  private static final double LEASE_SECONDS = 2;

  private final Node node;
  private final Map<String, Budget> budgets = new LinkedHashMap<>(16, 0.75f, true);
  private final Counter requests;
  private @Nullable NodeId leader;
  private long leaderlessUntilNanos;
  private int gateways = 1;

  private static final class Budget {
    final String name;
    final String roleWord;
    final LeasedBudget leased;
    @Nullable Future<Void> asking;

    Budget(String name, String roleWord, LeasedBudget leased) {
      this.name = name;
      this.roleWord = roleWord;
      this.leased = leased;
    }
  }

  CommandBudgets(Node node) {
    this.node = node;
    this.leaderlessUntilNanos = node.ticker().nanos();
    this.requests =
        Counter.builder("apfa_gateway_permit_requests")
            .description("Messages to rate-limit verticles about budgets of commands")
            .register(node.metrics());
  }

  /** Takes a permit of the user's and of the role's; fails with RATE_EXCEEDED when one is spent. */
  Future<Void> acquire(Identity identity) {
    Limits limits = node.limits().policy().ofUser(identity.user(), identity.role());
    String role = identity.role().word();
    Budget user =
        budget(
            "user:" + identity.user(),
            role,
            limits.get(LimitKey.COMMANDS_PER_SECOND_PER_USER),
            limits.get(LimitKey.COMMANDS_BURST_PER_USER));
    Budget all =
        budget(
            "role:" + role,
            role,
            limits.get(LimitKey.COMMANDS_PER_SECOND_PER_ROLE),
            limits.get(LimitKey.COMMANDS_BURST_PER_ROLE));
    return spend(user)
        .compose(
            done -> spend(all).onFailure(failure -> user.leased.unspend(node.ticker().nanos())));
  }

  private Budget budget(String name, String roleWord, double rate, double burst) {
    long now = node.ticker().nanos();
    Budget budget = budgets.get(name);
    if (budget == null) {
      Iterator<Budget> longestUnused = budgets.values().iterator();
      while (budgets.size() >= MAX_BUDGETS) {
        Budget unused = longestUnused.next();
        longestUnused.remove();
        giveBack(unused, now);
      }
      budget = new Budget(name, roleWord, new LeasedBudget(rate, burst, gateways, now));
      budgets.put(name, budget);
    }
    budget.leased.configure(rate, burst, gateways, now);
    return budget;
  }

  private Future<Void> spend(Budget budget) {
    long now = node.ticker().nanos();
    if (now < leaderlessUntilNanos) {
      return answer(budget, budget.leased.spendOfShare(now));
    }
    LeasedBudget.Answer answer = budget.leased.spend(now);
    if (answer.kind() != LeasedBudget.Kind.ASK) {
      return answer(budget, answer);
    }
    Future<Void> asking = budget.asking;
    if (asking == null) {
      asking = ask(budget, now);
    }
    return asking.compose(asked -> spend(budget));
  }

  private static Future<Void> answer(Budget budget, LeasedBudget.Answer answer) {
    return answer.kind() == LeasedBudget.Kind.GRANTED
        ? Future.succeededFuture()
        : Future.failedFuture(
            exceeded(budget.name, Math.max(1, answer.retryAfterNanos() / 1_000_000)));
  }

  /** Completes when the leader answered, or when none does; it never fails. */
  private Future<Void> ask(Budget budget, long nowNanos) {
    LeasedBudget.Ask ask = budget.leased.ask(LEASE_SECONDS, nowNanos);
    Future<Void> asking =
        request(budget, ask, leadersFirst(), 0)
            .map(
                reply -> {
                  budget.leased.onLease(
                      ask,
                      reply.granted(),
                      Duration.ofMillis(reply.leaseMillis()).toNanos(),
                      Duration.ofMillis(reply.retryAfterMillis()).toNanos(),
                      node.ticker().nanos());
                  return (Void) null;
                })
            .otherwise(
                failure -> {
                  leader = null;
                  leaderlessUntilNanos = node.ticker().nanos() + LEADERLESS_NANOS;
                  return null;
                });
    if (!asking.isComplete()) {
      budget.asking = asking;
      asking.onComplete(done -> budget.asking = null);
    }
    return asking;
  }

  /** The rate-limit nodes, the one that last led before the others. */
  private List<NodeId> leadersFirst() {
    List<NodeId> nodes = new ArrayList<>(node.directory().nodesWith(Role.RATELIMIT));
    NodeId last = leader;
    if (last != null && nodes.remove(last)) {
      nodes.add(0, last);
    }
    return nodes;
  }

  private Future<BusMessage.PermitReply> request(
      Budget budget, LeasedBudget.Ask ask, List<NodeId> nodes, int index) {
    if (index >= nodes.size()) {
      return Future.failedFuture(
          new RefusedException(ErrorCode.UNAVAILABLE, "no rate-limit verticle answers"));
    }
    requests.increment();
    NodeId asked = nodes.get(index);
    return node.bus()
        .request(
            asked,
            new BusMessage.PermitRequest(
                node.id(), budget.name, ask.spent(), ask.wanted(), budget.roleWord, ask.deficit()),
            BusMessage.PermitReply.class,
            TIMEOUT)
        .onSuccess(
            reply -> {
              leader = asked;
              gateways = Math.max(1, node.directory().nodesWith(Role.GATEWAY).size());
            })
        .recover(failure -> request(budget, ask, nodes, index + 1));
  }

  /** Lets time pass, once a second: what leases that are over did not spend goes back. */
  void tick() {
    long now = node.ticker().nanos();
    for (Budget budget : budgets.values()) {
      if (budget.asking == null && budget.leased.hasRest(now)) {
        giveBack(budget, now);
      }
    }
  }

  private void giveBack(Budget budget, long nowNanos) {
    NodeId last = leader;
    if (last != null) {
      request(budget, budget.leased.giveBack(nowNanos), List.of(last), 0)
          .onFailure(failure -> leader = null);
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
