package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Bridges and owners killed with SIGKILL while workers publish, on real processes: the count of
 * events that the table holds equals the count published, exactly.
 */
class BridgeFaultsTest {
  private static final int PER_SECOND = Integer.getInteger("apfa.faults.bridge.rate", 2000);
  private static final int SECONDS = Integer.getInteger("apfa.faults.bridge.seconds", 4);

  /** 3 s where nothing else runs; a machine that builds at the same time may take longer. */
  private static final long TAKEOVER_MILLIS =
      Boolean.getBoolean("apfa.faults.report") ? 3000 : 10_000;

  private static final String BRIDGE = "celery-bridge";
  private static final String OWNER = "broadcaster,ratelimit,gateway";

  @Test
  void shouldApplyEveryEventOnceWhenTheBridgeAndThenBridgeAndOwnerTogetherAreKilled() {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes = Nodes.cluster(redis.url(), Map.of(), BRIDGE, BRIDGE, BRIDGE, OWNER, OWNER);
        PublishedTasks load = PublishedTasks.start(redis.port(), PER_SECOND)) {
      load.awaitSeconds(SECONDS);

      long bridgeMillis = kill(load, nodes, Nodes.withMetric(nodes.nodes(BRIDGE), LEADING));
      load.awaitSeconds(SECONDS);
      long bothMillis =
          kill(
              load,
              nodes,
              Nodes.withMetric(nodes.nodes(BRIDGE), LEADING),
              Nodes.withMetric(nodes.nodes(OWNER), "apfa_owner"));
      load.awaitSeconds(SECONDS);
      load.finish();

      ApfaProcess owner = Nodes.withMetric(alive(nodes, OWNER).toList(), "apfa_owner");
      await("every event applied")
          .atMost(Duration.ofSeconds(30))
          .until(() -> owner.metric(APPLIED) >= load.events());
      FaultReport.add(
          "bridge killed",
          Map.of(
              "events_per_second",
              PER_SECOND,
              "published",
              load.events(),
              "applied",
              (long) owner.metric(APPLIED),
              "takeover_ms",
              bridgeMillis));
      FaultReport.add(
          "bridge and owner killed together",
          Map.of(
              "events_per_second",
              PER_SECOND,
              "published",
              load.events(),
              "applied",
              (long) owner.metric(APPLIED),
              "takeover_ms",
              bothMillis));
      assertThat((long) owner.metric(APPLIED)).isEqualTo(load.events());
      assertThat(load.refused()).isZero();
      assertThat(bridgeMillis).as("takeover of the bridge").isLessThan(TAKEOVER_MILLIS);
      assertThat(bothMillis).as("takeover of bridge and owner").isLessThan(TAKEOVER_MILLIS);
      Map<String, io.vertx.core.json.JsonObject> tasks = owner.tasks();
      assertThat(load.uuids())
          .allSatisfy(uuid -> assertThat(tasks.get(uuid).getString("state")).isEqualTo("SUCCESS"));
      assertThat(alive(nodes, BRIDGE).mapToDouble(node -> node.metric("apfa_events_lost_total")))
          .allMatch(lost -> lost == 0);
    }
  }

  private static final String LEADING = "apfa_bridge_leading";
  private static final String APPLIED = "apfa_owner_task_events";

  /** Kills {@code victims}; how long until a task event is applied that was published later. */
  private static long kill(PublishedTasks load, Nodes nodes, ApfaProcess... victims) {
    long published = load.events();
    long begun = System.nanoTime();
    Stream.of(victims).parallel().forEach(ApfaProcess::kill);
    List<ApfaProcess> owners = alive(nodes, OWNER).toList();
    await("events are applied again")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                owners.stream().mapToDouble(node -> node.metric(APPLIED)).sum()
                    > published + PER_SECOND / 20.0);
    return (System.nanoTime() - begun) / 1_000_000;
  }

  private static Stream<ApfaProcess> alive(Nodes nodes, String roles) {
    return nodes.nodes(roles).stream().filter(node -> node.process().isAlive());
  }
}
