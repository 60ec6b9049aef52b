package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.ProcessorLoad;
import java.util.Collection;

/**
 * Tells the rate-limit nodes once a second how this broadcaster fares. Its drain lag is the longest
 * that a flush was seen to wait for its append since the last report; one that comes and goes
 * between two ticks is not seen, and not long.
 *
 * <p>Confined to its verticle's context.
 */
final class PressureReporter {
  private static final long REPORT_NANOS = 1_000_000_000L;
  private static final long EXPECTED_TICK_NANOS = 50_000_000L;

  private final Node node;
  private final Collection<SourceOwner> owners;
  private final ProcessorLoad load;
  private long tickedNanos;
  private long reportedNanos;
  private long loopLagNanos;
  private long drainLagNanos;

  PressureReporter(Node node, Collection<SourceOwner> owners, ProcessorLoad load, long nowNanos) {
    this.node = node;
    this.owners = owners;
    this.load = load;
    this.tickedNanos = nowNanos;
    this.reportedNanos = nowNanos;
  }

  void tick(long nowNanos) {
    loopLagNanos = Math.max(loopLagNanos, nowNanos - tickedNanos - EXPECTED_TICK_NANOS);
    tickedNanos = nowNanos;
    for (SourceOwner owner : owners) {
      SourceStream stream = owner.serving();
      if (stream != null) {
        drainLagNanos = Math.max(drainLagNanos, stream.drainLagNanos(nowNanos));
      }
    }
    if (nowNanos - reportedNanos < REPORT_NANOS) {
      return;
    }
    reportedNanos = nowNanos;
    BusMessage.PressureReport report =
        new BusMessage.PressureReport(
            node.id(),
            Role.BROADCASTER,
            0,
            drainLagNanos / 1_000_000,
            loopLagNanos / 1_000_000,
            load.sinceLast(nowNanos),
            0);
    node.directory().nodesWith(Role.RATELIMIT).forEach(to -> node.bus().send(to, report));
    loopLagNanos = 0;
    drainLagNanos = 0;
  }
}
