package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import java.util.Collection;

/**
 * Tells the rate-limit nodes once a second how this broadcaster fares: how long the last append
 * took, and how late its ticks are.
 *
 * <p>Confined to its verticle's context.
 */
final class PressureReporter {
  private static final long REPORT_NANOS = 1_000_000_000L;
  private static final long EXPECTED_TICK_NANOS = 50_000_000L;

  private final Node node;
  private final Collection<SourceOwner> owners;
  private long tickedNanos;
  private long reportedNanos;
  private long loopLagNanos;

  PressureReporter(Node node, Collection<SourceOwner> owners) {
    this.node = node;
    this.owners = owners;
    this.tickedNanos = node.ticker().nanos();
    this.reportedNanos = tickedNanos;
  }

  void tick(long nowNanos) {
    loopLagNanos = Math.max(loopLagNanos, nowNanos - tickedNanos - EXPECTED_TICK_NANOS);
    tickedNanos = nowNanos;
    if (nowNanos - reportedNanos < REPORT_NANOS) {
      return;
    }
    reportedNanos = nowNanos;
    long appendMillis = 0;
    for (SourceOwner owner : owners) {
      appendMillis = Math.max(appendMillis, owner.metrics().lastAppendMillis());
    }
    BusMessage.PressureReport report =
        new BusMessage.PressureReport(
            node.id(), Role.BROADCASTER, 0, appendMillis, loopLagNanos / 1_000_000, 0, 0);
    node.directory().nodesWith(Role.RATELIMIT).forEach(to -> node.bus().send(to, report));
    loopLagNanos = 0;
  }
}
