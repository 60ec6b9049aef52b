package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Directory;
import io.apfa.realtime.testkit.ManualClock;
import io.apfa.realtime.testkit.ManualTicker;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusCanaryTest {
  private final Vertx vertx = Vertx.vertx();
  private final ManualTicker ticker = new ManualTicker();

  @AfterEach
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void shouldRegisterItsAddressesAnewWhenANodeNoLongerHearsItself() {
    AtomicBoolean deaf = new AtomicBoolean();
    vertx
        .eventBus()
        .addInboundInterceptor(
            message -> {
              if (!deaf.get()) {
                message.next();
              }
            });
    Bus bus = Bus.open(vertx, new NodeId("n1")).toCompletionStage().toCompletableFuture().join();
    AtomicInteger heard = new AtomicInteger();
    bus.listen(
        BusMessage.Kind.NODE_ANNOUNCEMENT,
        BusMessage.NodeAnnouncement.class,
        announcement -> heard.incrementAndGet());
    Directory directory =
        Directory.open(vertx, bus, Set.of(Role.GATEWAY), ticker, new ManualClock());
    await("it hears itself").until(() -> heard.get() > 0);
    assertThat(directory.nodeCount()).isEqualTo(1);
    assertThat(bus.rebuilds()).isZero();

    deaf.set(true);
    ticker.advance(Duration.ofNanos(Directory.DEAF_NANOS));
    await("rebuilt").until(() -> bus.rebuilds() == 1);
    assertThat(ReadinessRules.bus(directory.sinceSelf())).as("not ready meanwhile").isPresent();
    deaf.set(false);
    int before = heard.get();

    await("it hears itself again, once each time").until(() -> heard.get() > before + 1);
    assertThat(ReadinessRules.bus(directory.sinceSelf())).isEmpty();
    assertThat(bus.rebuilds()).isEqualTo(1);
  }
}
