package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.testkit.ManualClock;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Revokes live in a worker's memory for three hours; one that comes later is told within them. */
class RevokeKeeperTest {
  private final BridgeHarness harness = BridgeHarness.bare();
  private final ManualClock clock = new ManualClock();
  private final List<ControlRequest> told = new ArrayList<>();
  private final RevokeKeeper keeper = keeper();

  private RevokeKeeper keeper() {
    Node real = harness.node;
    Node node =
        new Node(
            real.id(),
            real.bus(),
            real.directory(),
            real.store(),
            real.limits(),
            real.ticker(),
            clock,
            real.metrics(),
            real.tracing());
    return new RevokeKeeper(node, "celery", new Told());
  }

  @AfterEach
  void close() {
    harness.close();
  }

  @Test
  void shouldTellALateWorkerForThreeHours() {
    keeper.keep(new Command.Revoke(List.of("a", "b"), false, "SIGTERM"));
    clock.advanceMillis(Duration.ofMinutes(179).toMillis());

    keeper.onWorkerCame("late@alpha");

    assertThat(told).hasSize(1);
    assertThat(told.get(0).method()).isEqualTo("revoke");
    assertThat(told.get(0).destination()).containsExactly("late@alpha");
    assertThat(told.get(0).arguments()).containsEntry("task_id", List.of("a", "b"));
    assertThat(told.get(0).arguments()).containsEntry("terminate", false);
  }

  @Test
  void shouldForgetARevokeAfterThreeHours() {
    keeper.keep(new Command.Revoke(List.of("a"), false, "SIGTERM"));
    clock.advanceMillis(Duration.ofMinutes(181).toMillis());

    keeper.onWorkerCame("late@alpha");

    assertThat(told).isEmpty();
    assertThat(keeper.size()).isZero();
  }

  @Test
  void shouldKeepTheNewestWhenThereAreTooMany() {
    for (int i = 0; i < 600; i++) {
      keeper.keep(new Command.Revoke(List.of("task-" + i), false, "SIGTERM"));
      clock.advanceMillis(1);
    }

    keeper.onWorkerCame("late@alpha");

    assertThat(told).hasSize(500);
    assertThat(told.get(499).arguments()).containsEntry("task_id", List.of("task-599"));
  }

  /** Notes what workers are told. */
  private final class Told implements ControlClient {
    @Override
    public Future<Void> cast(ControlRequest request) {
      told.add(request);
      return Future.succeededFuture();
    }

    @Override
    public Future<List<ControlReply>> request(
        ControlRequest request, Predicate<List<ControlReply>> isLast, Duration timeout) {
      return Future.succeededFuture(List.of());
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
