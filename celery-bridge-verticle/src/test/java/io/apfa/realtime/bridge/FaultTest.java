package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What breaks, on a real Redis: nothing is lost silently, nothing comes twice. */
class FaultTest {
  private final RedisServer redis = RedisServer.start();
  private final List<BridgeHarness> bridges = new ArrayList<>();

  @AfterEach
  void stop() {
    bridges.forEach(BridgeHarness::close);
    redis.close();
  }

  private BridgeHarness bridge(BridgeHarness started) {
    bridges.add(started);
    return started;
  }

  private List<String> uuids() {
    List<String> uuids = new ArrayList<>();
    bridges.forEach(b -> b.owner.tasks().forEach(task -> uuids.add(task.uuid())));
    return uuids;
  }

  @Test
  void shouldStartWithoutABrokerAndConnectWhenItComes() {
    redis.kill();
    BridgeHarness bridge = bridge(BridgeHarness.start(redis.url()));
    assertThat(bridge.isConnected()).isFalse();

    redis.restart();

    await().atMost(10, TimeUnit.SECONDS).until(bridge::isConnected);
  }

  @Test
  void shouldReconnectAfterARestartAndTellTheGap() {
    BridgeHarness bridge = bridge(BridgeHarness.start(redis.url()));
    bridge.awaitForwarding();
    try (Publisher before = new Publisher(redis)) {
      before.task("task-started", "before");
      await().until(() -> uuids().contains("before"));
    }

    redis.restart();

    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> !bridge.owner.only(CeleryEvent.Loss.class).isEmpty());
    await().atMost(10, TimeUnit.SECONDS).until(bridge::isConnected);
    try (Publisher after = new Publisher(redis)) {
      after.task("task-started", "after");
      await().until(() -> uuids().contains("after"));
    }
    CeleryEvent.Loss loss = bridge.owner.only(CeleryEvent.Loss.class).get(0);
    assertThat(loss.gap().reason()).isEqualTo("broker connection lost");
    assertThat(loss.gap().untilMillis()).isGreaterThanOrEqualTo(loss.gap().sinceMillis());
    assertThat(bridge.counter("apfa.events.lost")).isPositive();
  }

  @Test
  void shouldLoseNothingWhileRedisIsPaused() {
    BridgeHarness bridge = bridge(BridgeHarness.start(redis.url()));
    bridge.awaitForwarding();
    try (Publisher publisher = new Publisher(redis)) {
      publisher.task("task-started", "first");
      redis.pause();
      await().pollDelay(4, TimeUnit.SECONDS).atMost(6, TimeUnit.SECONDS).until(() -> true);
      redis.resume();
      publisher.task("task-started", "second");
      await().atMost(10, TimeUnit.SECONDS).until(() -> uuids().contains("second"));
    }
    assertThat(uuids()).containsExactly("first", "second");
    assertThat(bridge.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  @Test
  void shouldCountWhatIsMalformedAndGoOn() {
    BridgeHarness bridge = bridge(BridgeHarness.start(redis.url()));
    bridge.awaitForwarding();
    try (Publisher publisher = new Publisher(redis)) {
      publisher.publish("/0.celeryev/task.multi", "garbage");
      publisher.publish("/0.celeryev/task.multi", "{}");
      publisher.event("[]");
      publisher.event(
          "[{\"type\": \"task-started\", \"hostname\": \"w\", \"timestamp\": 1}, 5,"
              + " {\"type\": \"task-started\", \"hostname\": \"w\", \"timestamp\": 1.5, \"uuid\":"
              + " \"good\"}]");
      publisher.publish("/1.celeryev/task.multi", "decoy");
      publisher.publish("/0.celeryevX/task.multi", "decoy");
      publisher.publish("/0.celeryev", "decoy");
      await().until(() -> uuids().contains("good"));
    }
    assertThat(bridge.counter("apfa.events.malformed", "reason", "envelope-syntax")).isEqualTo(1);
    assertThat(bridge.counter("apfa.events.malformed", "reason", "envelope-shape")).isEqualTo(1);
    assertThat(bridge.counter("apfa.events.malformed", "reason", "no-uuid")).isEqualTo(1);
    assertThat(bridge.counter("apfa.events.malformed", "reason", "not-an-event")).isEqualTo(1);
  }

  @Test
  void shouldRepeatABatchUnchangedUntilTheOwnerHasIt() {
    BridgeHarness bridge = bridge(BridgeHarness.start(redis.url()));
    bridge.awaitForwarding();
    try (Publisher publisher = new Publisher(redis)) {
      bridge.owner.refusal = EventBatchReply.Status.BUSY;
      for (int i = 0; i < 50; i++) {
        publisher.task("task-started", "t" + i);
      }
      bridge.owner.refusal = EventBatchReply.Status.NOT_OWNER;
      publisher.task("task-started", "t50");
      bridge.owner.refusal = null;
      await().atMost(10, TimeUnit.SECONDS).until(() -> uuids().contains("t50"));
    }
    assertThat(uuids()).hasSize(51).doesNotHaveDuplicates();
    assertThat(bridge.owner.positions)
        .extracting(FeedPosition::batchNumber)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldGoOnWhereADeadBridgeStopped() {
    MemoryStateStore shared = new MemoryStateStore(new SystemClock());
    CutStore cut = new CutStore(shared);
    BridgeHarness leader = bridge(BridgeHarness.start(redis.url(), cut.store(), Map.of()));
    leader.awaitForwarding();
    BridgeHarness standby = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    await().until(standby::isConnected);

    try (Publisher publisher = new Publisher(redis)) {
      for (int i = 0; i < 100; i++) {
        publisher.task("task-started", "t" + i);
      }
      await().until(() -> uuids().contains("t99"));
      // the leader's node is gone: neither the store nor the owner hears of it
      cut.cut();
      leader.owner.silent = true;
      for (int i = 100; i < 200; i++) {
        publisher.task("task-started", "t" + i);
      }
      await().atMost(3, TimeUnit.SECONDS).until(() -> uuids().contains("t199"));

      cut.heal();
      leader.owner.silent = false;
      publisher.task("task-started", "last");
      await().atMost(5, TimeUnit.SECONDS).until(() -> uuids().contains("last"));
    }
    assertThat(uuids()).hasSize(201).doesNotHaveDuplicates();
    assertThat(standby.owner.only(CeleryEvent.Loss.class)).isEmpty();
    assertThat(leader.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  @Test
  void shouldHandOverAtOnceWhenItStops() {
    MemoryStateStore shared = new MemoryStateStore(new SystemClock());
    BridgeHarness leader = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    leader.awaitForwarding();
    BridgeHarness standby = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    await().until(standby::isConnected);
    try (Publisher publisher = new Publisher(redis)) {
      publisher.task("task-started", "t0");
      await().until(() -> uuids().contains("t0"));
      leader.undeployBridge();
      publisher.task("task-started", "t1");
      await().atMost(2, TimeUnit.SECONDS).until(() -> uuids().contains("t1"));
    }
    assertThat(uuids()).containsExactly("t0", "t1");
    assertThat(standby.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  @Test
  void shouldLetABridgeLeadThatStillHears() {
    MemoryStateStore shared = new MemoryStateStore(new SystemClock());
    BridgeHarness leader = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    leader.awaitForwarding();
    String leaderId;
    try (Publisher publisher = new Publisher(redis)) {
      leaderId = subscribers(publisher).get(0);
    }
    BridgeHarness standby = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    await().until(standby::isConnected);
    Runnable announce =
        () ->
            leader
                .node
                .bus()
                .announce(
                    new BusMessage.NodeAnnouncement(
                        standby.node.id(), Set.of(Role.CELERY_BRIDGE), 0));
    announce.run();
    leader.vertx.setPeriodic(200, id -> announce.run());
    await().until(() -> leader.node.directory().nodesWith(Role.CELERY_BRIDGE).size() == 2);

    try (Publisher publisher = new Publisher(redis)) {
      publisher.task("task-started", "t0");
      await().until(() -> uuids().contains("t0"));
      publisher.send(
          Request.cmd(io.vertx.redis.client.Command.CLIENT).arg("KILL").arg("ID").arg(leaderId));
      for (int i = 1; i < 50; i++) {
        publisher.task("task-started", "t" + i);
      }
      await().atMost(5, TimeUnit.SECONDS).until(() -> uuids().contains("t49"));
    }
    assertThat(uuids()).hasSize(50).doesNotHaveDuplicates();
    assertThat(standby.owner.only(CeleryEvent.Loss.class)).isEmpty();
    assertThat(leader.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  @Test
  void shouldResumeExactlyWithItsStateInRedis() {
    BridgeHarness first = bridge(BridgeHarness.startOnRedis(redis.url(), redis.url(), Map.of()));
    first.awaitForwarding();
    BridgeHarness second = bridge(BridgeHarness.startOnRedis(redis.url(), redis.url(), Map.of()));
    await().until(second::isConnected);
    List<String> published = new ArrayList<>();
    try (Publisher publisher = new Publisher(redis)) {
      for (int restart = 0; restart < 4; restart++) {
        BridgeHarness restarted = restart % 2 == 0 ? first : second;
        for (int i = 0; i < 50; i++) {
          published.add("t" + published.size());
          publisher.task("task-started", published.get(published.size() - 1));
          if (i == 25) {
            restarted.undeployBridge();
          }
        }
        await().atMost(10, TimeUnit.SECONDS).until(() -> uuids().size() >= published.size());
        FeedPosition stored = BridgeHarness.join(restarted.node.store().head("celery")).feed();
        assertThat(stored.leaseToken()).isPositive();
        restarted.deployBridge(redis.url(), Map.of());
        await().until(restarted::isConnected);
      }
    }
    assertThat(uuids()).containsExactlyInAnyOrderElementsOf(published);
    assertThat(first.owner.only(CeleryEvent.Loss.class)).isEmpty();
    assertThat(second.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  private static List<String> subscribers(Publisher publisher) {
    return publisher
        .send(Request.cmd(io.vertx.redis.client.Command.CLIENT).arg("LIST"))
        .toString()
        .lines()
        .filter(line -> line.contains("name=apfa-events") && line.contains("psub=1"))
        .map(line -> line.replaceAll("^id=(\\d+) .*", "$1"))
        .toList();
  }

  @Test
  void shouldTellTheGapOfATimeWithoutAnyBridge() {
    MemoryStateStore shared = new MemoryStateStore(new SystemClock());
    BridgeHarness first = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
    first.awaitForwarding();
    try (Publisher publisher = new Publisher(redis)) {
      publisher.task("task-started", "t0");
      await().until(() -> uuids().contains("t0"));
      first.undeployBridge();
      publisher.task("task-started", "lost");

      BridgeHarness second = bridge(BridgeHarness.start(redis.url(), shared, Map.of()));
      await().until(() -> !second.owner.only(CeleryEvent.Loss.class).isEmpty());
      assertThat(second.owner.only(CeleryEvent.Loss.class).get(0).gap().reason())
          .isEqualTo("no bridge listened");
    }
  }

  @Test
  void shouldFailACommandThatNoWorkerCanHear() {
    BridgeHarness bridge =
        bridge(BridgeHarness.start(redis.url(), Map.of("commands.deadline", "1s")));
    bridge.awaitForwarding();

    String command = bridge.runToEnd(new Command.Revoke(List.of("u1"), false, "SIGTERM"));

    assertThat(bridge.owner.command(command).reason()).isEqualTo("no-worker");
  }
}
