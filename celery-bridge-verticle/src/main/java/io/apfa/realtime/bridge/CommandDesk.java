package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.CommandOutcomes.Outcome;
import io.apfa.realtime.bridge.event.MessageHash;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.trace.Span;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes commands in: checks them, claims their msgId so that one takes effect once, answers at
 * once, has them carried out, and tells the rooms and the audit how each ended. Every command ends,
 * confirmed or failed, within the deadline; those of a bridge that was replaced or died by {@link
 * OpenCommands}. Confined to its verticle's context.
 */
final class CommandDesk {
  private static final Logger LOG = LoggerFactory.getLogger(CommandDesk.class);
  private static final Duration CLAIM_TTL = Duration.ofMinutes(10);
  private static final int MAX_AUDIT_CHARS = 2000;

  /** Beyond the runner's own deadline: only what hangs in a broken client ends here. */
  static final long SLACK_MILLIS = 500;

  private final Node node;
  private final String source;
  private final CommandRunner runner;
  private final OpenCommands open;
  private final Duration deadline;
  private final Redactor redactor;
  private final BridgeMetrics metrics;
  private final Consumer<CeleryEvent> out;

  CommandDesk(
      Node node,
      String source,
      CommandRunner runner,
      OpenCommands open,
      Duration deadline,
      Redactor redactor,
      BridgeMetrics metrics,
      Consumer<CeleryEvent> out) {
    this.node = node;
    this.source = source;
    this.runner = runner;
    this.open = open;
    this.deadline = deadline;
    this.redactor = redactor;
    this.metrics = metrics;
    this.out = out;
  }

  /** Takes {@code request} in; failed with a refusal when it is not valid or not allowed. */
  Future<CommandReply> accept(CommandRequest request) {
    CommandTrace trace = CommandTrace.begin(node.tracing(), request);
    Command command = request.command();
    List<@Nullable String> taskIds;
    try {
      taskIds = runner.taskIds(command);
    } catch (IllegalArgumentException e) {
      trace.onRefused("not valid");
      return Future.failedFuture(
          new RefusedException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage())));
    } catch (RefusedException e) {
      trace.onRefused("not allowed");
      return Future.failedFuture(e);
    }
    List<CommandReply.Accepted> accepted = new ArrayList<>(taskIds.size());
    for (String taskId : taskIds) {
      accepted.add(new CommandReply.Accepted(UUID.randomUUID().toString(), taskId));
    }
    String msgId = request.msgId();
    if (msgId == null) {
      begin(request, accepted, trace);
      return Future.succeededFuture(new CommandReply(accepted));
    }
    String hash = MessageHash.of(command.toString().getBytes(StandardCharsets.UTF_8));
    Span claiming = trace.claim();
    return node.store()
        .claimCommand(request.user(), msgId, source + "/" + hash, encode(accepted), CLAIM_TTL)
        .onComplete(answer -> claiming.end())
        .recover(
            e -> {
              trace.onRefused("the state store does not answer");
              return Future.failedFuture(
                  new RefusedException(
                      ErrorCode.UNAVAILABLE, "the state store does not answer: not accepted"));
            })
        .compose(
            claim -> {
              if (!claim.sameBody()) {
                trace.onRefused("msgId was used for another command");
                return Future.failedFuture(
                    new RefusedException(ErrorCode.CONFLICT, "msgId was used for another command"));
              }
              if (!claim.first()) {
                trace.onRepeated();
                return Future.succeededFuture(new CommandReply(decode(claim.answer())));
              }
              begin(request, accepted, trace);
              return Future.succeededFuture(new CommandReply(accepted));
            });
  }

  private void begin(
      CommandRequest request, List<CommandReply.Accepted> accepted, CommandTrace trace) {
    trace.onAccepted(accepted);
    for (CommandReply.Accepted each : accepted) {
      tell(request, each, CommandStatus.ACCEPTED, null);
    }
    open.begin(request.msgId(), accepted);
    audit(request, accepted, "accepted", null);
    List<Future<Outcome>> outcomes;
    try {
      outcomes = runner.run(request.command(), accepted);
    } catch (RuntimeException e) {
      trace.run(() -> LOG.error("source {}: {} failed", source, request.command().kind(), e));
      outcomes = List.of(Future.failedFuture(e));
    }
    for (int i = 0; i < accepted.size(); i++) {
      CommandReply.Accepted each = accepted.get(i);
      // one future for all: one request acts on all tasks
      Future<Outcome> outcome = outcomes.get(Math.min(i, outcomes.size() - 1));
      outcome
          .timeout(deadline.toMillis() + SLACK_MILLIS, TimeUnit.MILLISECONDS)
          .recover(failure -> Future.succeededFuture(asOutcome(failure)))
          .onSuccess(
              ended -> {
                trace.run(() -> end(request, each, ended));
                trace.onEnded(ended.confirmed());
                open.end(accepted, each.commandId(), ended);
              });
    }
  }

  private static Outcome asOutcome(Throwable failure) {
    return failure instanceof TimeoutException
        ? Outcome.failed(CommandOutcomes.NO_ANSWER)
        : Outcome.failed(String.valueOf(failure.getMessage()));
  }

  private void end(CommandRequest request, CommandReply.Accepted command, Outcome outcome) {
    CommandStatus status = outcome.confirmed() ? CommandStatus.CONFIRMED : CommandStatus.FAILED;
    tell(request, command, status, outcome.reason());
    audit(request, List.of(command), status.word(), outcome.reason());
    metrics.onOutcome(request.command().kind().word(), status.word());
  }

  private void tell(
      CommandRequest request,
      CommandReply.Accepted command,
      CommandStatus status,
      @Nullable String reason) {
    out.accept(
        new CeleryEvent.CommandOutcome(
            new Update.CommandUpdate(
                command.commandId(), request.msgId(), status, reason, command.taskId())));
  }

  private void audit(
      CommandRequest request,
      List<CommandReply.Accepted> commands,
      String status,
      @Nullable String reason) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("timestamp", node.clock().millis() / 1000.0);
    line.put("user", request.user());
    line.put("remote", request.remote());
    line.put("command", request.command().kind().word());
    String what = redactor.redact(request.command().toString());
    line.put("what", what.length() <= MAX_AUDIT_CHARS ? what : what.substring(0, MAX_AUDIT_CHARS));
    line.put("msgId", request.msgId());
    line.put("commandId", commands.get(0).commandId());
    line.put("task", commands.get(0).taskId());
    line.put("count", commands.size());
    line.put("status", status);
    line.put("reason", reason);
    node.store()
        .appendAudit(source, Values.write(line))
        .onFailure(e -> LOG.warn("source {}: audit not written: {}", source, e.toString()));
  }

  private static Buffer encode(List<CommandReply.Accepted> accepted) {
    List<@Nullable Object> pairs = new ArrayList<>();
    for (CommandReply.Accepted each : accepted) {
      pairs.add(each.commandId());
      pairs.add(each.taskId());
    }
    return Buffer.buffer(Values.write(pairs));
  }

  private static List<CommandReply.Accepted> decode(Buffer answer) {
    List<@Nullable Object> pairs = Values.list(Values.read(answer.getBytes()));
    List<CommandReply.Accepted> accepted = new ArrayList<>();
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      accepted.add(
          new CommandReply.Accepted(String.valueOf(pairs.get(i)), Values.text(pairs.get(i + 1))));
    }
    return accepted;
  }
}
