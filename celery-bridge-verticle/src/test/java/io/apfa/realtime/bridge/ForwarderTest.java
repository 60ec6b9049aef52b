package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.bridge.event.EventRing;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.MessageDecoder;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.source.MemoryEventSource;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.testkit.RecordedTracing;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForwarderTest {
  private static final long RING_BYTES = 20_000;
  private static final long LARGE_RING_BYTES = 100_000;

  private final BridgeHarness harness = BridgeHarness.bare();
  private final Context context = harness.vertx.getOrCreateContext();
  private final List<String> breaks = new ArrayList<>();
  private int outOfReach;
  private Forwarder forwarder;

  @BeforeEach
  void create() {
    forwarder = forwarder(RING_BYTES);
  }

  private Forwarder forwarder(long ringBytes) {
    return on(
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
                  public void onBreak(long sinceMillis, long untilMillis, String reason) {
                    breaks.add(sinceMillis + "-" + untilMillis + " " + reason);
                  }

                  @Override
                  public void onFenced(long token) {
                    forwarder.standBy();
                  }

                  @Override
                  public void onOwnerOutOfReach() {
                    outOfReach++;
                    forwarder.standBy();
                  }
                },
                new EventRing(ringBytes, 30_000)));
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

  /** The network was split between the leading bridge and the owner, and nobody forwarded. */
  @Test
  void shouldGiveWayToAnotherBridgeWhenTheOwnerAnswersNothingAndTellHowLongItHasWaited() {
    harness.owner.silent = true;
    harness
        .node
        .bus()
        .announce(
            new BusMessage.NodeAnnouncement(new NodeId("b2"), Set.of(Role.CELERY_BRIDGE), 1000));
    await().until(() -> harness.node.directory().nodesWith(Role.CELERY_BRIDGE).size() > 1);
    on(
        () -> {
          forwarder.tick(1000);
          boolean follows = forwarder.lead(100, FeedPosition.NONE);
          forwarder.onMessage(progress("t", 1));
          return follows;
        });
    assertThat(on(() -> forwarder.lagMillis(3001))).isEqualTo(2000);
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                on(
                    () -> {
                      forwarder.tick(5000);
                      return outOfReach == 1;
                    }));
    assertThat(on(() -> forwarder.lagMillis(9000))).as("standing by").isZero();
  }

  @Test
  void shouldHaveRoomOnItsWayForEventsThatComeOneByOneUntilAnOwnerUnderPressureFlushes() {
    int events = 600;
    forwarder = forwarder(10 * LARGE_RING_BYTES);
    harness.owner.silent = true;
    on(() -> forwarder.lead(100, FeedPosition.NONE));
    for (int i = 0; i < events; i++) {
      int step = i;
      on(
          () -> {
            forwarder.onMessage(progress("t" + step, step));
            return true;
          });
    }
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> harness.owner.unansweredEvents.get() == events);
    assertThat(harness.owner.unanswered).hasSizeLessThan(OwnerLink.WINDOW_BATCHES);
  }

  @Test
  void shouldTellATraceAsFailedWhenTheBridgeLeadsNoMoreBeforeItsBatchIsAcknowledged() {
    harness.traces.sampleAll();
    harness.owner.silent = true;
    on(
        () -> {
          forwarder.lead(100, FeedPosition.NONE);
          forwarder.onMessage(progress("t", 1));
          return true;
        });
    await().until(() -> harness.owner.unansweredEvents.get() == 1);
    assertThat(harness.traces.ended(Hop.BRIDGE_FORWARD)).isEmpty();

    on(
        () -> {
          forwarder.standBy();
          return true;
        });
    assertThat(harness.traces.ended(Hop.BRIDGE_FORWARD))
        .extracting(RecordedTracing.Ended::failure)
        .containsExactly("this bridge leads no more");
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

  @Test
  void shouldSendEachEventOnceWhenItLeadsAnewWhileASliceIsBeingDecoded() {
    forwarder = forwarder(1 << 20);
    int events = 500;
    on(
        () -> {
          forwarder.lead(100, FeedPosition.NONE);
          for (int i = 0; i < events; i++) {
            forwarder.onMessage(progress("t", i));
          }
          // the next turn but one: after the slice was given to be decoded, before it comes back
          context.runOnContext(
              v -> {
                forwarder.standBy();
                forwarder.lead(101, FeedPosition.NONE);
              });
          return true;
        });
    await().until(() -> harness.owner.tasks().size() >= events);

    List<String> steps = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      steps.add("{\"step\":" + i + "}");
    }
    assertThat(harness.owner.tasks()).extracting(CeleryEvent.TaskEvent::progress).isEqualTo(steps);
  }

  @Test
  void shouldDropAndTellWhatCannotBeDecodedInTime() {
    forwarder = forwarder(LARGE_RING_BYTES);
    int events = 2000;
    on(
        () -> {
          forwarder.lead(100, FeedPosition.NONE);
          for (int i = 0; i < events; i++) {
            forwarder.onMessage(progress("t", i));
          }
          return true;
        });
    assertThat(on(() -> forwarder.pendingBytes())).isLessThan(2 * LARGE_RING_BYTES + 1000);
    List<String> told = on(() -> List.copyOf(breaks));
    assertThat(told).isNotEmpty().allMatch(gap -> gap.endsWith("this bridge was behind"));

    String last = told.get(told.size() - 1);
    long untilMillis = Long.parseLong(last.substring(last.indexOf('-') + 1, last.indexOf(' ')));
    await()
        .until(
            () ->
                untilMillis == 1000 + events - 1
                    || harness.owner.hasTask(
                        task -> ("{\"step\":" + (events - 1) + "}").equals(task.progress())));
    on(
        () -> {
          forwarder.onMessage(progress("t", events));
          return true;
        });
    await()
        .until(
            () ->
                harness.owner.hasTask(
                    task -> ("{\"step\":" + events + "}").equals(task.progress())));
  }
}
