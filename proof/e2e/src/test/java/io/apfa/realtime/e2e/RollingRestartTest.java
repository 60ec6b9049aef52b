package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Three gateways, two broadcasters, two bridges and two rate-limit nodes, each a JVM, behind nginx
 * as we ship it, with sessions on them and a real Celery worker at work. Each node is replaced as
 * Kubernetes replaces a Deployment's pods: another one is started, and when it is ready and nginx
 * knows it, the old one gets SIGTERM. {@code make chaos} does it with 1,000 sessions and the drain
 * window of {@code conf/limits.yaml}, and keeps the figures.
 */
class RollingRestartTest {
  private static final int SESSIONS = Integer.getInteger("apfa.restart.sessions", 100);

  /** Task events a second beside those of the real worker. */
  private static final int EVENTS_PER_SECOND = Integer.getInteger("apfa.restart.rate", 40);

  private static final int TASKS_PER_SECOND = Integer.getInteger("apfa.restart.tasks", 4);
  private static final int WINDOW_MILLIS = Integer.getInteger("apfa.restart.window", 3000);

  /** {@code gateway.connects-per-second}: what all gateways together may not exceed here. */
  private static final int CONNECTS_PER_SECOND = Integer.getInteger("apfa.restart.connects", 50);

  /** What a node may take to end after its drain: as {@code k8s/node/deployment.yaml} grants. */
  private static final long GRACE_MILLIS = 10_000;

  private static final String GATEWAY = "gateway";

  /** In the order that docs/operations.md gives: gateways last. */
  private static final List<String> DEPLOYMENTS =
      List.of("ratelimit", "broadcaster", "celery-bridge", GATEWAY);

  /** A node here serves a third of the sessions, and starts beside twenty other processes. */
  private static final List<String> JVM =
      List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final FaultResults results;
  private final Path limits;

  RollingRestartTest() throws IOException {
    results = new FaultResults("rolling-restart");
    limits = Files.createTempFile("apfa-e2e-limits", ".yaml");
    limits.toFile().deleteOnExit();
    Files.writeString(
        limits,
        "gateway:\n  connects-per-second: %d\ndrain:\n  window-millis: %d\n"
            .formatted(CONNECTS_PER_SECOND, WINDOW_MILLIS));
  }

  @Test
  void shouldBringEverySessionBackWithinTheWindowAndLoseNothingWhenEveryNodeIsReplaced()
      throws Exception {
    results.put("sessions", SESSIONS);
    results.put("events_per_second", EVENTS_PER_SECOND);
    results.put("celery_tasks_per_second", TASKS_PER_SECOND);
    results.put("drain_window_ms", WINDOW_MILLIS);
    results.put("connects_per_second_limit", CONNECTS_PER_SECOND);
    SeenBatch.TaskNumbers numbers = new SeenBatch.TaskNumbers();
    try (RedisServer redis = RedisServer.start();
        CeleryApp celery = CeleryApp.begin(redis.url());
        Nodes nodes =
            Nodes.replaceable(
                redis.url(),
                Map.of("APFA_LIMITS_FILE", limits.toString()),
                JVM,
                "broadcaster",
                "ratelimit",
                "broadcaster",
                "celery-bridge",
                "ratelimit",
                "celery-bridge",
                GATEWAY,
                GATEWAY,
                GATEWAY);
        LoadBalancer balancer =
            LoadBalancer.start("nginx.conf", nodes.nodes(GATEWAY), text -> text);
        SessionFleet fleet = new SessionFleet(SESSIONS, balancer::port, numbers);
        EventLoad load = new EventLoad(redis.port(), EVENTS_PER_SECOND, numbers);
        CeleryApp.Producer producer = celery.awaitReady().publishSteadily(TASKS_PER_SECOND)) {
      load.start();
      for (String deployment : DEPLOYMENTS) {
        for (ApfaProcess old : nodes.nodes(deployment)) {
          replace(nodes, balancer, fleet, old, deployment);
        }
        results.keep();
      }
      // One leaves whose nginx is not told, as a machine restarts in place.
      leave("gateway_unannounced", fleet, nodes.nodes(GATEWAY).get(0));
      Map<String, String> real = producer.stop();
      load.settle();
      judge(nodes, fleet, numbers, load.tasks(), real);
    }
    results.keep();
  }

  private void replace(
      Nodes nodes, LoadBalancer balancer, SessionFleet fleet, ApfaProcess old, String deployment)
      throws InterruptedException {
    String name = deployment.replace('-', '_');
    long begun = System.nanoTime();
    nodes.replace(old);
    results.worst(name + "_start_to_ready_ms", millisSince(begun));
    if (deployment.equals(GATEWAY)) {
      balancer.reload(nodes.nodes(GATEWAY));
      leave(name, fleet, old);
    } else {
      fleet.forgetFigures();
      end(name, old, GRACE_MILLIS);
      FleetFigures figures = fleet.figures();
      results.worst(name + "_longest_without_updates_ms", figures.silenceMillis());
      assertThat(figures.reconnects()).as("sessions stay where they are").isZero();
    }
  }

  /** A gateway drains, and its sessions come back elsewhere. */
  private void leave(String name, SessionFleet fleet, ApfaProcess old) throws InterruptedException {
    long sessions = (long) old.metric("apfa_ws_connections");
    assertThat(sessions).as("sessions of the gateway that leaves").isPositive();
    fleet.forgetFigures();
    long told = System.nanoTime();
    end(name, old, WINDOW_MILLIS + GRACE_MILLIS);
    await("every session is back")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        .until(fleet::allRegistered);
    FleetFigures figures = fleet.figures();
    long backMillis = (fleet.backNanos() - told) / 1_000_000;
    results.worst(name + "_most_sessions", sessions);
    results.worst(name + "_all_back_ms", backMillis);
    results.worst(name + "_most_reconnects_in_a_second", fleet.mostConnectsInASecond());
    results.worst(name + "_longest_away_ms", figures.awayMillis());
    results.worst(name + "_longest_without_updates_ms", figures.silenceMillis());
    results.worst(name + "_handshakes_refused", fleet.refusedConnects());
    assertThat(figures.reconnects()).as("who leaves comes back once").isEqualTo(sessions);
    assertThat(fleet.refusedConnects()).as("handshakes refused").isZero();
    assertThat(backMillis).as("all back within the window").isLessThanOrEqualTo(WINDOW_MILLIS);
    assertThat(fleet.mostConnectsInASecond())
        .as("reconnects in any second")
        .isLessThanOrEqualTo(CONNECTS_PER_SECOND);
  }

  private void end(String name, ApfaProcess node, long graceMillis) throws InterruptedException {
    long told = System.nanoTime();
    node.terminate();
    boolean ended = node.process().waitFor(graceMillis, TimeUnit.MILLISECONDS);
    results.worst(name + "_ended_ms", millisSince(told));
    assertThat(ended).as(name + " ended by itself:\n" + node.output()).isTrue();
  }

  private void judge(
      Nodes nodes,
      SessionFleet fleet,
      SeenBatch.TaskNumbers numbers,
      int[] published,
      Map<String, String> real) {
    results.put("tasks_published", published.length);
    results.put("celery_tasks_published", real.size());
    int[] realTasks = real.keySet().stream().mapToInt(numbers::of).toArray();
    await("every session sees every task end")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> fleet.behind(published) == 0 && fleet.behind(realTasks) == 0);
    FleetFigures figures = fleet.figures();
    results.put("lost", figures.lost());
    results.put("duplicated", figures.duplicated());
    results.put("out_of_order", figures.disordered());
    results.put("not_recovered", figures.notRecovered());
    assertThat(figures.wrongs()).as(figures.toString()).isZero();

    Map<String, JsonObject> table = nodes.nodes(GATEWAY).get(1).tasks();
    Map<String, String> states = new HashMap<>();
    real.keySet().forEach(uuid -> states.put(uuid, table.get(uuid).getString("state")));
    assertThat(states).isEqualTo(real);
    assertThat(nodes.nodes("celery-bridge"))
        .allSatisfy(node -> assertThat(node.metric("apfa_events_lost_total")).isZero());
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
