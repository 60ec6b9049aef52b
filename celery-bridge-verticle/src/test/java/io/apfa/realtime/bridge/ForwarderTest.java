package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.bridge.event.EventRing;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.source.MemoryEventSource;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForwarderTest {
  private static final long RING_BYTES = 20_000;

  private final BridgeHarness harness = BridgeHarness.bare();
  private final Context context = harness.vertx.getOrCreateContext();
  private Forwarder forwarder;

  @BeforeEach
  void create() {
    forwarder =
        on(
            () ->
                new Forwarder(
                    harness.vertx,
                    harness.node,
                    "celery",
                    new MemoryEventSource(),
                    new MessageDecoder(Redactor.of(List.of()), 1 << 20),
                    new BridgeMetrics(harness.metrics, "celery"),
                    new Forwarder.Listener() {
                      @Override
                      public void onForwarded(CeleryEvent event) {}

                      @Override
                      public void onBreak(long sinceMillis, long untilMillis) {}

                      @Override
                      public void onFenced(long token) {
                        forwarder.standBy();
                      }
                    },
                    new EventRing(RING_BYTES, 30_000)));
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  private <T> T on(Supplier<T> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(v -> done.complete(action.get()));
    return BridgeHarness.join(done.future());
  }

  private static HeardMessage progress(String uuid, int step) {
    return HeardMessage.envelope(
        Publisher.envelope(
                "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"task-progress\", \"uuid\": \""
                    + uuid
                    + "\", \"step\": "
                    + step
                    + "}")
            .getBytes(StandardCharsets.UTF_8),
        1000 + step);
  }

  @Test
  void shouldConflateByTaskWhileTheOwnerIsBehindAndEndRight() {
    harness.owner.refusal = EventBatchReply.Status.BUSY;
    on(
        () -> {
          boolean follows = forwarder.lead(100, FeedPosition.NONE);
          for (int i = 0; i < 2000; i++) {
            forwarder.onMessage(progress("t" + i % 5, i));
          }
          return follows;
        });
    assertThat(on(() -> forwarder.pendingBytes())).isLessThan(2 * RING_BYTES);
    assertThat(harness.counter("apfa.events.conflated")).isGreaterThan(1000);

    harness.owner.refusal = null;
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> harness.owner.hasTask(task -> "{\"step\":1999}".equals(task.progress())));
    assertThat(harness.owner.tasks()).hasSizeLessThan(500);
    for (int task = 0; task < 5; task++) {
      String uuid = "t" + task;
      List<CeleryEvent.TaskEvent> ofTask =
          harness.owner.tasks().stream().filter(t -> t.uuid().equals(uuid)).toList();
      assertThat(ofTask.get(ofTask.size() - 1).progress())
          .isEqualTo("{\"step\":" + (1995 + task) + "}");
    }
  }

  @Test
  void shouldSendNoEventTwiceWhenItLeadsAgainUnderTheSameToken() {
    List<String> sent = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      int number = round;
      FeedPosition stored = BridgeHarness.join(harness.node.store().head("celery")).feed();
      sent.add("{\"step\":" + number + "}");
      on(
          () -> {
            forwarder.onMessage(progress("t", number));
            return forwarder.lead(100, stored);
          });
      await()
          .until(
              () ->
                  harness.owner.hasTask(
                      task -> ("{\"step\":" + number + "}").equals(task.progress())));
      on(
          () -> {
            forwarder.standBy();
            return true;
          });
    }
    assertThat(harness.owner.tasks()).extracting(CeleryEvent.TaskEvent::progress).isEqualTo(sent);
  }
}
