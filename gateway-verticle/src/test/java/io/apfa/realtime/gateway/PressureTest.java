package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.ProcessorLoad;
import io.apfa.realtime.testkit.ManualTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PressureTest {
  private final ManualTicker ticker = new ManualTicker();
  private long usedNanos;

  @Test
  void shouldReportHowLateTheLoopWasAndHowBusyTheProcessorsWereSinceTheLastTime() {
    try (TestGateway gateway = TestGateway.start()) {
      Node node = gateway.node;
      Node manual =
          new Node(
              node.id(),
              node.bus(),
              node.directory(),
              node.store(),
              node.limits(),
              ticker,
              node.clock(),
              node.metrics(),
              node.tracing());
      Hub hub = new Hub(List.of(), null, SessionEvents.NONE, LimitPolicy.DEFAULTS);
      Pressure pressure = new Pressure(manual, hub, load(), 20);
      ticker.advance(Duration.ofMillis(320));
      pressure.onTick();
      ticker.advance(Duration.ofMillis(680));
      usedNanos = 1_500_000_000L;
      BusMessage.PressureReport busy = pressure.next(ticker.nanos());
      assertThat(busy.loopLagMillis()).isEqualTo(300);
      assertThat(busy.cpu()).isEqualTo(0.75);
      assertThat(busy.drainLagMillis()).isZero();
      pressure.onTick();
      ticker.advance(Duration.ofMillis(20));
      pressure.onTick();
      ticker.advance(Duration.ofMillis(980));
      BusMessage.PressureReport idle = pressure.next(ticker.nanos());
      assertThat(idle.cpu()).isZero();
      assertThat(idle.loopLagMillis()).isEqualTo(660);
    }
  }

  private ProcessorLoad load() {
    return new ProcessorLoad(
        new ProcessorLoad.Meter() {
          @Override
          public long usedNanos() {
            return usedNanos;
          }

          @Override
          public int processors() {
            return 2;
          }
        },
        ticker.nanos());
  }
}
