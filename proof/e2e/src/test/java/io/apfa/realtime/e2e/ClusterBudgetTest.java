package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The budget of commands over three gateways on real processes: users who want twice what they may
 * and give each command at another gateway get what the limits say, also while the node that leads
 * the limits is killed.
 */
class ClusterBudgetTest {
  /** Of each phase; a figure that means something needs a minute. */
  private static final int SECONDS = Integer.getInteger("apfa.budget.seconds", 8);

  /**
   * Permits come in lumps, and a node that is killed takes some with it, which weighs more in a
   * short time; more than the budget is never allowed.
   */
  private static final double MISSING_ALLOWED = SECONDS >= 30 ? 0.05 : 0.25;

  /** After so many refusals a user has spent the burst, also on nodes that have just started. */
  private static final int REFUSALS = 40;

  private static final int USERS = 3;
  private static final int PER_SECOND = 20;
  private static final int BURST = 60;
  private static final int WANTED_PER_SECOND = 45;
  private static final String LIMITS = "gateway,ratelimit";
  private static final String REST = "broadcaster,celery-bridge,gateway";
  private static final String LEADS = "apfa_limits_leading";

  @TempDir Path folder;

  @Test
  void shouldHoldTheBudgetWithinFivePercentWhileUsersHopAndWhileTheLeaderIsKilled()
      throws IOException {
    Path limits = folder.resolve("limits.yaml");
    Files.writeString(
        limits,
        "commands: {per-second-per-user: %d, burst-per-user: %d, per-second-per-role: 1000, burst-per-role: 2000}"
            .formatted(PER_SECOND, BURST));
    Map<String, String> environment =
        Map.of(
            "APFA_LIMITS_FILE",
            limits.toString(),
            "APFA_AUTH_MODE",
            "jwt",
            "APFA_AUTH_JWT_SECRET",
            HoppingUser.SECRET);
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.cluster(redis.url(), environment, REST, LIMITS, LIMITS)) {
      List<ApfaProcess> gateways = new ArrayList<>(nodes.nodes(REST));
      gateways.addAll(nodes.nodes(LIMITS));
      List<HoppingUser> users = new ArrayList<>();
      for (int i = 0; i < USERS; i++) {
        users.add(new HoppingUser("user-" + i, gateways, WANTED_PER_SECOND, i));
      }
      try {
        run(nodes, gateways, users);
      } finally {
        users.forEach(HoppingUser::close);
      }
    }
  }

  private static void run(Nodes nodes, List<ApfaProcess> gateways, List<HoppingUser> users)
      throws IOException {
    FaultResults results = new FaultResults("budget");
    Map<String, Object> figures = new LinkedHashMap<>();
    long began = System.nanoTime();
    users.forEach(HoppingUser::start);
    await("every user has spent the burst")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                users.stream()
                    .allMatch(user -> user.outcomes().getOrDefault("429", 0) >= REFUSALS));
    long spent = System.nanoTime();
    double requestsBefore = requests(gateways.stream());
    long calm = awaitSeconds(spent, SECONDS);
    double requests = requests(gateways.stream()) - requestsBefore;
    note(figures, "hopping", users, spent, calm);
    double perUserAndSecond = requests / USERS / ((calm - spent) / 1e9);
    figures.put("bus_requests_per_user_and_second", Math.round(perUserAndSecond * 100) / 100.0);
    figures.put(
        "bus_requests_per_user_second_and_node",
        Math.round(perUserAndSecond / gateways.size() * 100) / 100.0);

    ApfaProcess leader = Nodes.withMetric(nodes.nodes(LIMITS), LEADS);
    leader.process().destroyForcibly();
    leader.kill();
    long killed = System.nanoTime();
    ApfaProcess other =
        nodes.nodes(LIMITS).stream().filter(node -> node.process().isAlive()).findFirst().get();
    await("another leads")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> other.metric(LEADS) == 1);
    figures.put("leaderless_ms", (System.nanoTime() - killed) / 1_000_000);
    long end = awaitSeconds(killed, SECONDS);
    note(figures, "leader_killed", users, calm, end);
    for (HoppingUser user : users) {
      double budget = BURST + rate(began, end);
      figures.put(
          user.name() + "_percent_of_burst_and_rate",
          Math.round(1000 * user.accepted(began, end) / budget) / 10.0);
    }
    users.forEach(user -> figures.put("answers_" + user.name(), user.outcomes().toString()));
    figures.forEach(results::put);
    results.keep();

    for (HoppingUser user : users) {
      within(user, began, spent, calm);
      within(user, began, calm, end);
    }
    assertThat(perUserAndSecond / gateways.size()).isLessThan(1);
  }

  private static void note(
      Map<String, Object> figures, String phase, List<HoppingUser> users, long from, long until) {
    for (HoppingUser user : users) {
      figures.put(
          phase + "_" + user.name() + "_percent_of_rate",
          Math.round(1000 * user.accepted(from, until) / rate(from, until)) / 10.0);
    }
  }

  /** What one user may in that time, but for the burst. */
  private static double rate(long fromNanos, long untilNanos) {
    return PER_SECOND * (untilNanos - fromNanos) / 1e9;
  }

  /** Not less than the rate in that time, and not more than the whole budget until its end. */
  private static void within(HoppingUser user, long began, long fromNanos, long untilNanos) {
    assertThat((double) user.accepted(fromNanos, untilNanos))
        .as(user.name() + ": " + user.outcomes())
        .isGreaterThan((1 - MISSING_ALLOWED) * rate(fromNanos, untilNanos));
    assertThat((double) user.accepted(began, untilNanos))
        .as(user.name() + ": " + user.outcomes())
        .isLessThan(1.05 * (BURST + rate(began, untilNanos)));
  }

  private static double requests(Stream<ApfaProcess> gateways) {
    return gateways
        .mapToDouble(gateway -> gateway.metric("apfa_gateway_permit_requests_total"))
        .sum();
  }

  /** Waits until that many seconds after {@code fromNanos}; the time then. */
  private static long awaitSeconds(long fromNanos, int seconds) {
    long until = fromNanos + seconds * 1_000_000_000L;
    await()
        .atMost(Duration.ofSeconds(seconds + 10L))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> System.nanoTime() >= until);
    return System.nanoTime();
  }
}
