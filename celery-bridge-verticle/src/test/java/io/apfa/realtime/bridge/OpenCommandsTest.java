package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.testkit.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commands under way when their bridge stops leading, on a real Redis: each ends. */
class OpenCommandsTest {
  private static final Map<String, String> OPTIONS = Map.of("commands.deadline", "1s");

  private final RedisServer redis = RedisServer.start();
  private final MemoryStateStore shared = new MemoryStateStore(new SystemClock());
  private final List<BridgeHarness> bridges = new ArrayList<>();

  @AfterEach
  void stop() {
    bridges.forEach(BridgeHarness::close);
    redis.close();
  }

  private BridgeHarness bridge(CutStore store) {
    BridgeHarness started = BridgeHarness.start(redis.url(), store.store(), OPTIONS);
    bridges.add(started);
    return started;
  }

  @Test
  void shouldEndACommandOfADeadBridgeAsUnknown() {
    CutStore cut = new CutStore(shared);
    BridgeHarness leader = bridge(cut);
    leader.awaitForwarding();
    BridgeHarness standby = bridge(new CutStore(shared));
    await().until(standby::isConnected);
    String id = begin(leader);
    await().until(() -> leader.owner.command(id) != null);

    // the leader's node is gone: neither the store nor the owner hears of it
    cut.cut();
    leader.owner.silent = true;

    await().atMost(10, TimeUnit.SECONDS).until(() -> standby.owner.hasEnded(id));
    assertThat(standby.owner.command(id).status()).isEqualTo(CommandStatus.FAILED);
    assertThat(standby.owner.command(id).reason()).isEqualTo(OpenCommands.OUTCOME_UNKNOWN);
    awaitNothingOpen();
  }

  @Test
  void shouldTellTheRealOutcomeOfACommandWhoseBridgeSteppedDown() {
    BridgeHarness leader = bridge(new CutStore(shared));
    leader.awaitForwarding();
    BridgeHarness standby = bridge(new CutStore(shared));
    await().until(standby::isConnected);
    String id = begin(leader);
    await().until(() -> leader.owner.command(id) != null);

    // another takes the lease, as after a pause of the leader; it steps down, and goes on living
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              var lease =
                  BridgeHarness.join(
                      shared.acquireLease(
                          "bridge:celery", leader.node.id().value(), java.time.Duration.ZERO));
              BridgeHarness.join(shared.releaseLease("bridge:celery", lease.token()));
              return BridgeHarness.join(
                      shared.acquireLease(
                          "bridge:celery",
                          standby.node.id().value(),
                          java.time.Duration.ofSeconds(2)))
                  .held();
            });

    await().atMost(10, TimeUnit.SECONDS).until(() -> standby.owner.hasEnded(id));
    assertThat(standby.owner.command(id).reason()).isEqualTo("no-worker");
    awaitNothingOpen();
  }

  @Test
  void shouldForgetCommandsThatEnded() {
    BridgeHarness leader = bridge(new CutStore(shared));
    leader.awaitForwarding();

    leader.runToEnd(new Command.Revoke(List.of("u1"), false, "SIGTERM"));

    awaitNothingOpen();
  }

  private static String begin(BridgeHarness leader) {
    return leader
        .command(null, new Command.Revoke(List.of("u1"), false, "SIGTERM"))
        .commands()
        .get(0)
        .commandId();
  }

  private void awaitNothingOpen() {
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                BridgeHarness.join(shared.readValues("celery")).stream()
                    .noneMatch(key -> key.startsWith("open/")));
  }
}
