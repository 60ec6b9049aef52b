package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.CommandDesk;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.JsonMembers;
import org.jspecify.annotations.Nullable;

/**
 * The commanding half of the HTTP API: each POST becomes a command, its {@code Idempotency-Key} the
 * command's {@code msgId}, its {@code traceparent} what the command's trace hangs under.
 *
 * <p>Confined to its verticle's context.
 */
final class CommandRoutes {
  private final CommandDesk desk;
  private final Door door;

  CommandRoutes(CommandDesk desk, Door door) {
    this.desk = desk;
    this.door = door;
  }

  /** A command whose target is the path parameter {@code parameter}; null = it is in the body. */
  void submit(ApiCall call, Command.Kind kind, @Nullable String parameter) {
    String text = call.bodyText();
    JsonMembers body = text.isBlank() ? JsonMembers.empty() : JsonMembers.parse(text);
    boolean several = parameter == null && body.has("uuids");
    CommandDesk.Order order =
        new CommandDesk.Order(
            call.identity(),
            kind,
            call.query("source"),
            call.context().request().getHeader("Idempotency-Key"),
            body,
            parameter == null ? null : call.path(parameter),
            door.remote(call.context().request()),
            TraceContext.ofTraceparent(call.context().request().getHeader("traceparent")));
    call.answer(
        desk.submit(order),
        reply ->
            call.answer(
                202,
                JsonFrames.encode(
                    out -> JsonFrames.writeAccepted(out, reply.commands(), several))));
  }
}
