package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A real worker on a real RabbitMQ; what the broker does in its own time comes last. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RabbitBridgeTest {
  private static RabbitServer rabbit;
  private static CeleryApp celery;
  private static MemoryStateStore store;
  private static BridgeHarness bridge;
  private static CeleryApp.Worker worker;

  @BeforeAll
  static void start() {
    rabbit = RabbitServer.start();
    celery = new CeleryApp(rabbit.url(), "");
    store = new MemoryStateStore(new SystemClock());
    bridge = BridgeHarness.start(rabbit.url(), store, Map.of("commands.deadline", "5s"));
    await().atMost(30, TimeUnit.SECONDS).until(bridge::isConnected);
    bridge.awaitForwarding();
    worker = celery.startWorker("w1@rabbit", "-c", "1");
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable each : new AutoCloseable[] {celery, bridge, rabbit}) {
      if (each != null) {
        each.close();
      }
    }
  }

  @Test
  @Order(1)
  void shouldForwardEventsAndConfirmCommands() {
    String uuid = celery.send("orders.add", "[2, 3]");
    await().atMost(20, TimeUnit.SECONDS).until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));
    assertThat(bridge.owner.tasks())
        .filteredOn(task -> task.uuid().equals(uuid))
        .extracting(CeleryEvent.TaskEvent::type)
        .contains("task-sent", "task-received", "task-started", "task-succeeded");

    for (Command command :
        List.of(
            new Command.Ping(),
            new Command.Revoke(List.of("some-task"), false, "SIGTERM"),
            new Command.Trigger("orders.add", "[1, 1]", "{}", null, -1, Double.NaN, -1))) {
      String id = bridge.runToEnd(command);
      assertThat(bridge.owner.command(id).status())
          .as("%s", bridge.owner.command(id))
          .isEqualTo(CommandStatus.CONFIRMED);
    }
    assertThat(worker.log()).contains("Tasks flagged as revoked: some-task");
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                bridge.owner.only(CeleryEvent.QueueReading.class).stream()
                    .anyMatch(reading -> reading.queue().equals("celery")));
  }

  @Test
  @Order(2)
  void shouldMissNothingWhileNoBridgeRuns() {
    bridge.undeployBridge();
    int before = bridge.owner.events.size();
    String uuid = celery.send("orders.add", "[7, 7]");
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> worker.log().contains("orders.add[" + uuid + "] succeeded"));
    assertThat(bridge.owner.events).hasSize(before);

    bridge.deployBridge(rabbit.url(), Map.of());

    await().atMost(20, TimeUnit.SECONDS).until(() -> bridge.owner.hasTask(uuid, "task-succeeded"));
    assertThat(bridge.owner.tasks())
        .filteredOn(task -> task.uuid().equals(uuid))
        .extracting(CeleryEvent.TaskEvent::type)
        .doesNotHaveDuplicates();
    assertThat(bridge.owner.only(CeleryEvent.Loss.class)).isEmpty();
  }

  @Test
  @Order(3)
  void shouldReconnectAfterTheBrokerRestartedAndTellTheGap() {
    rabbit.restart();

    await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> !bridge.owner.only(CeleryEvent.Loss.class).isEmpty());
    await().atMost(20, TimeUnit.SECONDS).until(bridge::isConnected);
    await()
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () -> {
              String uuid = celery.send("orders.add", "[9, 9]");
              await()
                  .atMost(10, TimeUnit.SECONDS)
                  .until(() -> bridge.owner.hasTask(uuid, "task-sent"));
              return true;
            });
  }
}
