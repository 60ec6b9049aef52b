package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's part of a command's trace, from its arrival to its answer. Here it is decided
 * whether there is one: the caller's, if it traces; else by chance. Confined to its verticle's
 * context.
 */
final class CommandTrace {
  private final Span span;

  private CommandTrace(Span span) {
    this.span = span;
  }

  /** The part that begins with {@code order}. */
  static CommandTrace begin(Tracing tracing, Clock clock, CommandDesk.Order order) {
    Span span = tracing.follow(order.trace(), Hop.GATEWAY_COMMAND);
    if (!span.isSampled() && tracing.samples(Tracing.Head.COMMAND)) {
      span = tracing.begin(Hop.GATEWAY_COMMAND, clock.millis());
    }
    span.set(Span.Key.COMMAND, order.kind().word()).set(Span.Key.MSG_ID, order.msgId());
    return new CommandTrace(span);
  }

  /** It is valid, and the wait for a permit begins. */
  Span onChecked(BusMessage.CommandRequest request) {
    return span.set(Span.Key.SOURCE, request.source()).child(Hop.GATEWAY_BUDGET);
  }

  /** What the request to the bridge carries; null = it is not traced. */
  @Nullable TraceContext context() {
    return span.context();
  }

  /** The bridge accepted it. */
  void onAccepted(BusMessage.CommandReply reply) {
    span.set(Span.Key.TASKS, reply.commands().size());
    if (!reply.commands().isEmpty()) {
      span.set(Span.Key.COMMAND_ID, reply.commands().get(0).commandId());
    }
    span.set(Span.Key.OUTCOME, "accepted").end();
  }

  /** It was refused, here or by the bridge. */
  void onRefused(String outcome) {
    span.set(Span.Key.OUTCOME, outcome).fail(outcome).end();
  }
}
