package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.gateway.session.LeasedBudget;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.ratelimit.policy.BudgetBook;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The two halves of a budget over the whole cluster together, with time as a number: a leader and
 * three gateways, among which a user hops with every command.
 */
class ClusterBudgetModelTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int NODES = 3;
  private static final double RATE = 10;
  private static final double BURST = 50;
  private static final LimitPolicy POLICY =
      LimitPolicy.of(
          Limits.DEFAULTS
              .with(LimitKey.COMMANDS_PER_SECOND_PER_USER, RATE)
              .with(LimitKey.COMMANDS_BURST_PER_USER, BURST));

  private final List<LeasedBudget> gateways = new ArrayList<>();
  private final boolean[] dead = new boolean[NODES];
  private @Nullable BudgetBook leader = new BudgetBook();
  private Random random = new Random(1);
  private long now;
  private int wanted;
  private int accepted;
  private int requests;

  @Test
  void shouldAcceptWhatTheBudgetAllowsOfAUserWhoHopsAndWantsTooMuch() {
    for (int seed = 0; seed < 20; seed++) {
      begin(seed);
      run(60, 3);
      assertThat((double) accepted).isBetween(0.95 * budget(), budget());
      assertThat(requests / 60.0 / NODES).isLessThan(1);
    }
  }

  @Test
  void shouldAcceptAllOfAUserWhoHopsAndWantsTwoThirds() {
    for (int seed = 0; seed < 20; seed++) {
      begin(seed);
      run(60, 0.66);
      assertThat((double) accepted).isGreaterThan(0.95 * wanted);
      assertThat(requests / 60.0 / NODES).isLessThan(1);
    }
  }

  @Test
  void shouldHoldTheBudgetWithinFivePercentWhileTheLeaderAndAGatewayAreKilled() {
    for (int seed = 0; seed < 20; seed++) {
      begin(seed);
      run(20, 3);
      leader = null;
      run(3, 3);
      leader = new BudgetBook();
      run(20, 3);
      dead[seed % NODES] = true;
      run(20, 3);
      assertThat((double) accepted).isBetween(0.95 * budget(), 1.05 * budget());
    }
  }

  @Test
  void shouldStayWithinTheBudgetForAsLongAsNoLeaderIsThere() {
    for (int seed = 0; seed < 20; seed++) {
      begin(seed);
      run(20, 3);
      leader = null;
      run(60, 3);
      assertThat((double) accepted).isBetween(0.95 * budget(), 1.05 * budget());
    }
  }

  private void begin(int seed) {
    gateways.clear();
    for (int node = 0; node < NODES; node++) {
      gateways.add(new LeasedBudget(RATE, BURST, NODES, 0));
      dead[node] = false;
    }
    leader = new BudgetBook();
    random = new Random(seed);
    now = 0;
    wanted = 0;
    accepted = 0;
    requests = 0;
  }

  private double budget() {
    return BURST + RATE * now / SECOND;
  }

  /** Commands at random times, {@code part} of the rate, for so many seconds. */
  private void run(int seconds, double part) {
    long end = now + seconds * SECOND;
    long ticked = now;
    double due = now;
    while (due < end) {
      now = (long) due;
      for (; ticked + SECOND <= now; ticked += SECOND) {
        tick(ticked + SECOND);
      }
      command();
      due -= Math.log(1 - random.nextDouble()) * SECOND / (RATE * part);
    }
    now = end;
  }

  private void tick(long at) {
    BudgetBook book = leader;
    if (book == null) {
      return;
    }
    book.returnLeases(node -> !dead[Integer.parseInt(node.value())], at);
    for (int node = 0; node < NODES; node++) {
      if (!dead[node] && gateways.get(node).hasRest(at)) {
        request(book, node, gateways.get(node).giveBack(at), at);
      }
    }
  }

  private void command() {
    int node = random.nextInt(NODES);
    while (dead[node]) {
      node = (node + 1) % NODES;
    }
    wanted++;
    LeasedBudget gateway = gateways.get(node);
    BudgetBook book = leader;
    LeasedBudget.Answer answer = book == null ? gateway.spendOfShare(now) : gateway.spend(now);
    if (book != null && answer.kind() == LeasedBudget.Kind.ASK) {
      LeasedBudget.Ask ask = gateway.ask(2, now);
      BudgetBook.Grant grant = request(book, node, ask, now);
      gateway.onLease(
          ask, grant.permits(), BudgetBook.LEASE_NANOS, grant.retryAfterMillis() * 1_000_000, now);
      answer = gateway.spend(now);
    }
    accepted += answer.kind() == LeasedBudget.Kind.GRANTED ? 1 : 0;
  }

  private BudgetBook.Grant request(BudgetBook book, int node, LeasedBudget.Ask ask, long at) {
    requests++;
    return book.grant(
        new BusMessage.PermitRequest(
            new NodeId(Integer.toString(node)),
            "user:alice",
            ask.spent(),
            ask.wanted(),
            null,
            ask.deficit()),
        POLICY,
        at);
  }
}
