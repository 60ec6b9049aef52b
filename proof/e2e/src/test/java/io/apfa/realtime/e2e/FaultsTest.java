package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Processes killed under load: every session sees every task end, in order, once, and nobody had to
 * start over. The load is small, because a test machine has two cores and runs five JVMs here.
 */
class FaultsTest {
  private static final int SESSIONS = Integer.getInteger("apfa.faults.sessions", 20);
  private static final int EVENTS_PER_SECOND = Integer.getInteger("apfa.faults.rate", 200);
  private static final int SECONDS = 16;

  @Test
  void shouldLoseNothingWhenTheOwnerAndThenTheLeadingBridgeWithAGatewayAreKilled()
      throws Exception {
    try (RedisServer redis = RedisServer.start();
        Nodes nodes =
            Nodes.cluster(
                redis.url(),
                Map.of(),
                "broadcaster,ratelimit",
                "broadcaster,ratelimit",
                "celery-bridge,gateway",
                "celery-bridge,gateway")) {
      List<ApfaProcess> gateways = nodes.nodes("celery-bridge,gateway");
      AtomicInteger next = new AtomicInteger();
      List<RoomListener> sessions = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        sessions.add(new RoomListener(() -> webSocket(gateways, next)));
      }
      await("every session registered")
          .atMost(Duration.ofSeconds(30))
          .until(() -> sessions.stream().allMatch(RoomListener::isRegistered));

      EventLoad load = EventLoad.start(redis.port(), EVENTS_PER_SECOND);
      load.awaitSeconds(SECONDS / 3);
      Nodes.withMetric(nodes.nodes("broadcaster,ratelimit"), "apfa_owner").kill();
      load.awaitSeconds(SECONDS / 3);
      Nodes.withMetric(gateways, "apfa_bridge_leading").kill();
      load.awaitSeconds(SECONDS / 3);
      load.close();

      for (RoomListener session : sessions) {
        await("every task seen to end")
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () -> {
                  Map<String, String> states = session.states();
                  assertThat(load.uuids())
                      .allSatisfy(uuid -> assertThat(states.get(uuid)).isEqualTo("SUCCESS"));
                });
        assertThat(session.violations()).isEmpty();
        assertThat(session.notRecovered()).isZero();
      }
      long silence =
          sessions.stream().mapToLong(RoomListener::longestSilenceMillis).max().orElse(0);
      System.out.printf(
          "faults: %d tasks, %d sessions, %d connections, longest time without updates %d ms%n",
          load.uuids().size(),
          sessions.size(),
          sessions.stream().mapToInt(RoomListener::connections).sum(),
          silence);
      sessions.forEach(RoomListener::close);
    }
  }

  private static String webSocket(List<ApfaProcess> gateways, AtomicInteger next) {
    ApfaProcess gateway = gateways.get(Math.floorMod(next.getAndIncrement(), gateways.size()));
    return "ws://127.0.0.1:" + gateway.httpPort() + "/eventbus/websocket";
  }
}
