package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.runtime.trace.Tracing;
import java.util.List;

/**
 * The bridge's part of a command's trace: from the request until the last of its tasks has an end.
 * Names and ids only, no arguments and no answers of workers. Confined to its verticle's context.
 */
final class CommandTrace {
  private final Span span;
  private int open;
  private int failed;

  private CommandTrace(Span span) {
    this.span = span;
  }

  /** The part that begins with {@code request}. */
  static CommandTrace begin(Tracing tracing, CommandRequest request) {
    return new CommandTrace(
        tracing
            .follow(request.trace(), Hop.BRIDGE_COMMAND)
            .set(Span.Key.SOURCE, request.source())
            .set(Span.Key.COMMAND, request.command().kind().word())
            .set(Span.Key.MSG_ID, request.msgId()));
  }

  /** The claim of its msgId begins. */
  Span claim() {
    return span.child(Hop.BRIDGE_CLAIM);
  }

  /** It is not accepted. */
  void onRefused(String reason) {
    span.set(Span.Key.OUTCOME, "refused").fail(reason).end();
  }

  /** It was accepted before, and has its effect from then. */
  void onRepeated() {
    span.set(Span.Key.OUTCOME, "repeated").end();
  }

  /** It is accepted, and carried out now. */
  void onAccepted(List<CommandReply.Accepted> accepted) {
    open = accepted.size();
    span.set(Span.Key.TASKS, open)
        .set(Span.Key.COMMAND_ID, accepted.get(0).commandId())
        .set(Span.Key.TASK, accepted.get(0).taskId());
  }

  /** One of its tasks has an end. */
  void onEnded(boolean confirmed) {
    open--;
    failed += confirmed ? 0 : 1;
    if (failed > 0) {
      span.fail("not confirmed");
    }
    if (open == 0) {
      span.set(Span.Key.OUTCOME, failed == 0 ? "confirmed" : "failed").end();
    }
  }

  /** Runs {@code work} with the trace beside its log lines. */
  void run(Runnable work) {
    span.run(work);
  }
}
