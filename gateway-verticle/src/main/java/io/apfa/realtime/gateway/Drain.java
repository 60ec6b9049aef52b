package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.DrainPlan;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Session;
import io.apfa.realtime.gateway.transport.Door;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes a gateway's sessions spread over the drain window, each with a delay of its own before it
 * comes back ({@link DrainPlan}), so that the gateways that stay are not met by all at once.
 *
 * <p>Confined to its verticle's context.
 */
final class Drain {
  private static final long STEP_MILLIS = 20;

  private final Vertx vertx;
  private final Node node;
  private final Hub hub;
  private final CommandDesk desk;
  private final Deque<Session> left;
  private final DrainPlan plan;
  private final long startedNanos;
  private final long windowNanos;
  private final Promise<Void> done = Promise.promise();

  private Drain(Vertx vertx, Node node, Hub hub, CommandDesk desk) {
    this.vertx = vertx;
    this.node = node;
    this.hub = hub;
    this.desk = desk;
    this.left = new ArrayDeque<>(hub.sessions());
    this.startedNanos = node.ticker().nanos();
    this.windowNanos = node.limits().get().getNanosOfMillis(LimitKey.DRAIN_WINDOW_MILLIS);
    this.plan = new DrainPlan(left.size(), windowNanos, startedNanos);
  }

  static Future<Void> begin(
      Vertx vertx, Context context, Node node, Hub hub, Door door, CommandDesk desk) {
    Promise<Void> promise = Promise.promise();
    context.runOnContext(
        v -> {
          door.drain();
          Drain drain = new Drain(vertx, node, hub, desk);
          drain.step();
          drain.done.future().onComplete(promise);
        });
    return promise.future();
  }

  private void step() {
    long now = node.ticker().nanos();
    long elapsed = now - startedNanos;
    long delayMillis = plan.nextDelayMillis(now);
    while (delayMillis != DrainPlan.NOT_NOW) {
      left.removeFirst().close(Disconnect.SHUTDOWN, Long.toString(delayMillis));
      delayMillis = plan.nextDelayMillis(now);
    }
    boolean answered =
        desk.inFlight() == 0 || elapsed > windowNanos + SourceClient.TIMEOUT.toNanos();
    if (left.isEmpty() && answered && (hub.sessions().isEmpty() || elapsed > windowNanos)) {
      done.complete();
    } else {
      long timer = vertx.setTimer(STEP_MILLIS, id -> step());
      assert timer >= 0;
    }
  }
}
