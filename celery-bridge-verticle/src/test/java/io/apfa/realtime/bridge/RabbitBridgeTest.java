package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
  void shouldLoseNothingThatItHeardWhenTheBrokerRestarts() throws Exception {
    List<String> published = new ArrayList<>();
    bridge.owner.refusal = EventBatchReply.Status.BUSY;
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(rabbit.url().replaceAll("/+$", ""));
    try (Connection connection = factory.newConnection();
        Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      for (int i = 0; i < 200; i++) {
        published.add("heard-" + i);
        channel.basicPublish(
            "celeryev",
            "task.multi",
            new AMQP.BasicProperties.Builder()
                .contentType("application/json")
                .deliveryMode(1)
                .build(),
            ("[{\"hostname\": \"w\", \"timestamp\": 1.5, \"type\": \"task-started\", \"uuid\": \""
                    + published.get(i)
                    + "\"}]")
                .getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirms();
      }
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> channel.queueDeclarePassive("apfa.celery.events").getMessageCount() == 0);
    }

    rabbit.kill();
    await().atMost(30, TimeUnit.SECONDS).until(() -> !bridge.isConnected());
    rabbit.restart();
    await().atMost(60, TimeUnit.SECONDS).until(bridge::isConnected);
    bridge.owner.refusal = null;
    await().atMost(20, TimeUnit.SECONDS).until(() -> heard().size() >= published.size());
    assertThat(heard()).isEqualTo(published);
  }

  private static List<String> heard() {
    return bridge.owner.tasks().stream()
        .map(CeleryEvent.TaskEvent::uuid)
        .filter(uuid -> uuid.startsWith("heard-"))
        .toList();
  }

  @Test
  @Order(4)
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
