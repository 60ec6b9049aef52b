package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;

/**
 * Tells the rate-limit verticles once a second how hard this gateway's work is.
 *
 * <p>Confined to its verticle's context.
 */
final class Pressure {
  private final Node node;
  private final Hub hub;
  private final long tickNanos;
  private long tickedNanos;
  private long loopLagNanos;

  Pressure(Node node, Hub hub, long tickMillis) {
    this.node = node;
    this.hub = hub;
    this.tickNanos = tickMillis * 1_000_000;
    this.tickedNanos = node.ticker().nanos();
  }

  /** A tick ran: how late was it. */
  void onTick() {
    long now = node.ticker().nanos();
    loopLagNanos = Math.max(loopLagNanos, now - tickedNanos - tickNanos);
    tickedNanos = now;
  }

  /** Sends the report. */
  void report() {
    BusMessage.PressureReport report =
        new BusMessage.PressureReport(
            node.id(),
            Role.GATEWAY,
            hub.unsentBytes(),
            0,
            Math.max(0, loopLagNanos) / 1_000_000,
            0,
            hub.sessions().size());
    loopLagNanos = 0;
    node.directory().nodesWith(Role.RATELIMIT).forEach(to -> node.bus().send(to, report));
  }
}
