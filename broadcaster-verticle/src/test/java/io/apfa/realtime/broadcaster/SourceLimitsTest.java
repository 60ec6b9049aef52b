package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.LimitOverride.Scope;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.CurrentLimits;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SourceLimitsTest {
  @Test
  void shouldFollowTheOverrideOfItsRoomsAndLeaveOtherSourcesAlone() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Bus bus =
          Bus.open(vertx, new NodeId("n1"))
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      CurrentLimits current = CurrentLimits.open(vertx, bus);
      SourceLimits billing = new SourceLimits(current, "billing");
      SourceLimits celery = new SourceLimits(current, "celery");
      assertThat(interval(billing)).isEqualTo(100);
      bus.announce(
          new BusMessage.LimitsAnnouncement(
              1,
              1,
              0,
              Limits.DEFAULTS,
              null,
              List.of(
                  new LimitOverride(
                      Scope.ROOMS, "billing:*", "batch.flush-interval-millis", 500))));
      await().until(() -> interval(billing) == 500);
      assertThat(interval(celery)).isEqualTo(100);
      assertThat(billing.common()).isEqualTo(Limits.DEFAULTS);
      assertThat(billing.own()).isSameAs(billing.own());
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static double interval(SourceLimits limits) {
    return limits.own().get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS);
  }
}
