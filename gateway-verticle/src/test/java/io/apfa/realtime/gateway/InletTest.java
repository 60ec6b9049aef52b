package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InletTest {
  private static final BusMessage.LatestValues NEWS =
      new BusMessage.LatestValues(TestOwner.SOURCE, 1, 1, true, List.of());

  private final List<String> order = new CopyOnWriteArrayList<>();
  private Inlet inlet;
  private ContextInternal context;

  /** During each flush the next news come, as with many sessions and a high rate. */
  private final SessionEvents events =
      new SessionEvents() {
        @Override
        public void onFlushed() {
          order.add("flush");
          if (order.size() == 1) {
            ScheduledFuture<?> unused =
                context
                    .nettyEventLoop()
                    .schedule(() -> order.add("timer"), 0, TimeUnit.NANOSECONDS);
          }
          if (order.size() < 10) {
            context.runOnContext(v -> inlet.onLatestValues(NEWS));
          }
        }
      };

  @Test
  void shouldLetTimersAndSocketsHaveTheirTurnBetweenFlushesThatFollowEachOtherWithoutAnEnd() {
    try (TestGateway gateway = TestGateway.start()) {
      Hub hub = new Hub(List.of(TestOwner.SOURCE), null, events, LimitPolicy.DEFAULTS);
      context = ((VertxInternal) gateway.vertx).createEventLoopContext();
      inlet = new Inlet(context, gateway.node, hub);
      context.runOnContext(v -> inlet.onLatestValues(NEWS));
      await().until(() -> order.size() >= 10);
      assertThat(order.indexOf("timer")).as("in %s", order).isEqualTo(1);
    }
  }
}
