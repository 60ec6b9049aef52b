package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.ProcessorLoad;

/**
 * Tells the rate-limit verticles once a second how hard this gateway's work is.
 *
 * <p>Confined to its verticle's context; {@link #drainLagSeconds} may be read by any thread.
 */
final class Pressure {
  private final Node node;
  private final Hub hub;
  private final ProcessorLoad load;
  private final long tickNanos;
  private long tickedNanos;
  private long loopLagNanos;
  private volatile long drainLagNanos;

  Pressure(Node node, Hub hub, ProcessorLoad load, long tickMillis) {
    this.node = node;
    this.hub = hub;
    this.load = load;
    this.tickNanos = tickMillis * 1_000_000;
    this.tickedNanos = node.ticker().nanos();
  }

  /** A tick ran: how late was it. */
  void onTick() {
    long now = node.ticker().nanos();
    loopLagNanos = Math.max(loopLagNanos, now - tickedNanos - tickNanos);
    tickedNanos = now;
  }

  /** The drain lag last reported, in seconds. */
  double drainLagSeconds() {
    return drainLagNanos / 1e9;
  }

  /** Sends the report. */
  void report() {
    BusMessage.PressureReport report = next(node.ticker().nanos());
    node.directory().nodesWith(Role.RATELIMIT).forEach(to -> node.bus().send(to, report));
  }

  /** What there is to tell since the last time. */
  BusMessage.PressureReport next(long nowNanos) {
    drainLagNanos = hub.sharedDrainLagNanos(nowNanos);
    long lateNanos = Math.max(0, loopLagNanos);
    loopLagNanos = 0;
    return new BusMessage.PressureReport(
        node.id(),
        Role.GATEWAY,
        hub.unsentBytes(),
        drainLagNanos / 1_000_000,
        lateNanos / 1_000_000,
        load.sinceLast(nowNanos),
        hub.sessions().size());
  }
}
