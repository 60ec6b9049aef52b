package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.FaultProxy;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * What happens to the Redis between workers and bridge, on real processes: afterwards every task is
 * right, or within a gap; and every start that was not heard is within a gap that names its worker.
 */
class BrokerFaultsTest {
  private static final int PER_SECOND = Integer.getInteger("apfa.faults.broker.rate", 200);
  private static final int PAUSE_SECONDS = Integer.getInteger("apfa.faults.broker.pause", 3);
  private static final int SECONDS = 2;
  private static final int FILLER_BYTES = 1 << 20;

  private RedisServer redis;
  private FaultProxy proxy;
  private ApfaProcess node;
  private RoomListener room;
  private PublishedTasks load;

  @Test
  void shouldEndEveryTaskRightOrWithinAGapThatNamesItsWorkerAndTime() throws Exception {
    try (RedisServer server = RedisServer.start();
        FaultProxy faults = FaultProxy.start(server.port(), "celeryev");
        Nodes nodes = Nodes.oneJvm("redis://127.0.0.1:" + faults.port() + "/0")) {
      redis = server;
      proxy = faults;
      node = nodes.gateway();
      room = new RoomListener(() -> "ws://127.0.0.1:" + node.httpPort() + "/eventbus/websocket");
      await("registered").until(room::isRegistered);
      try (PublishedTasks workers = PublishedTasks.start(server.port(), PER_SECOND)) {
        load = workers;
        load.awaitSeconds(SECONDS);
        pause();
        cutInMessage();
        starve();
        restart();
        load.finish();
        judge("all of these, one after the other");
      }
      room.close();
    }
  }

  private void pause() {
    redis.pause();
    await("paused")
        .pollDelay(Duration.ofSeconds(PAUSE_SECONDS))
        .atMost(Duration.ofSeconds(PAUSE_SECONDS + 30))
        .until(() -> true);
    redis.resume();
    load.awaitSeconds(SECONDS);
    awaitCaughtUp();
    assertThat(room.gaps()).as("gaps after a pause of Redis").isEmpty();
    FaultReport.add(
        "Redis paused " + PAUSE_SECONDS + " s",
        Map.of("published", load.events(), "gaps", room.gaps().size()));
  }

  /** Whether the newest task that should have ended has. */
  private void awaitCaughtUp() {
    long published = load.events();
    await("events of after the pause")
        .atMost(Duration.ofSeconds(30))
        .until(() -> node.metric("apfa_owner_task_events") >= published);
  }

  private void cutInMessage() {
    int before = room.gaps().size();
    proxy.cutInMessage();
    await("cut").atMost(Duration.ofSeconds(10)).until(() -> proxy.cuts() > 0);
    proxy.release();
    awaitGap("connection cut in the middle of a message", before);
  }

  private void starve() throws IOException {
    RedisCli cli = new RedisCli(redis.port());
    cli.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 262144 131072 5");
    String patterns = cli.call("PUBSUB", "NUMPAT");
    int before = room.gaps().size();
    proxy.stall();
    load.awaitSeconds(SECONDS);
    await("Redis drops the subscriber that does not read")
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              cli.call("PUBLISH", "/0.celeryev/filler", "x".repeat(FILLER_BYTES));
              return !cli.call("PUBSUB", "NUMPAT").equals(patterns);
            });
    load.awaitSeconds(SECONDS);
    cli.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 33554432 8388608 60");
    proxy.release();
    awaitGap("subscriber starved until Redis dropped it", before);
  }

  private void restart() {
    int before = room.gaps().size();
    redis.kill();
    load.awaitSeconds(SECONDS);
    redis.restart();
    awaitGap("Redis killed and started again, empty", before);
  }

  private void awaitGap(String fault, int gapsBefore) {
    long begun = System.nanoTime();
    await("a gap after: " + fault)
        .atMost(Duration.ofSeconds(30))
        .until(() -> room.gaps().size() > gapsBefore);
    long millis = (System.nanoTime() - begun) / 1_000_000;
    // two heartbeats settle what each worker's account lacks
    load.awaitSeconds(SECONDS * 2);
    judge(fault + ", noticed in " + millis + " ms");
  }

  private void judge(String fault) {
    AtomicReference<LossRecord> last = new AtomicReference<>();
    AtomicInteger tasks = new AtomicInteger();
    await(fault)
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              load.heartbeats();
              List<PublishedTasks.Published> ended = load.ended();
              LossRecord record = LossRecord.judge(ended, node.tasks(), room.gaps());
              tasks.set(ended.size());
              last.set(record);
              assertThat(record.uncovered())
                  .as("wrong, and no gap says so: %s", room.gaps())
                  .isEmpty();
              assertThat(record.unnamed())
                  .as("lost, and no gap names the worker: %s", room.gaps())
                  .isEmpty();
            });
    FaultReport.add(
        fault,
        Map.of(
            "tasks", tasks.get(),
            "right", last.get().right(),
            "within_a_gap", last.get().covered(),
            "lost_starts", last.get().lostStarts(),
            "gaps", room.gaps().size()));
  }
}
