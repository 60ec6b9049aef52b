package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.client.CommandDecoder;
import io.apfa.realtime.protocol.client.JsonMembers;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.apfa.realtime.runtime.trace.Span;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands from sessions and from HTTP: checks role, rooms, form and budget, and hands them
 * to the leading bridge, which decides whether they were done before. Every refusal is a {@link
 * RefusedException}.
 *
 * <p>Confined to its verticle's context.
 */
public final class CommandDesk {
  /** Longest accepted {@code msgId}, in UTF-16 units. */
  public static final int MAX_MSG_ID_LENGTH = 128;

  private final SourceClient client;
  private final CommandBudgets budgets;
  private final List<String> sources;
  private final GatewayMetrics metrics;
  private final Node node;
  private int inFlight;

  CommandDesk(
      Node node,
      SourceClient client,
      CommandBudgets budgets,
      List<String> sources,
      GatewayMetrics metrics) {
    this.node = node;
    this.client = client;
    this.budgets = budgets;
    this.sources = sources;
    this.metrics = metrics;
  }

  /**
   * A command as it came.
   *
   * @param msgId the client's own id for it; null = it gave none
   * @param target uuid, queue or hostname when it stands outside the body; null when inside
   * @param remote where from
   * @param trace where it is in its caller's trace; null = its caller traces nothing
   */
  public record Order(
      Identity identity,
      Command.Kind kind,
      @Nullable String source,
      @Nullable String msgId,
      JsonMembers body,
      @Nullable String target,
      String remote,
      @Nullable TraceContext trace) {}

  /** Commands that have not been answered. */
  int inFlight() {
    return inFlight;
  }

  /** Lets time pass, once a second. */
  void tick() {
    budgets.tick();
  }

  /** Gives the command to the bridge; the answer is its acceptance. */
  public Future<BusMessage.CommandReply> submit(Order order) {
    long arrivedNanos = node.ticker().nanos();
    CommandTrace trace = CommandTrace.begin(node.tracing(), node.clock(), order);
    BusMessage.CommandRequest request;
    try {
      request = check(order, trace.context());
    } catch (RefusedException e) {
      trace.onRefused(outcome(e));
      answered(order, outcome(e), arrivedNanos);
      return Future.failedFuture(e);
    }
    inFlight++;
    Span budget = trace.onChecked(request);
    return budgets
        .acquire(order.identity())
        .onComplete(done -> budget.end())
        .compose(done -> client.askBridge(request, BusMessage.CommandReply.class))
        .onComplete(
            reply -> {
              inFlight--;
              trace.onAccepted(reply);
              answered(order, "accepted", arrivedNanos);
            },
            failure -> {
              inFlight--;
              trace.onRefused(outcome(failure));
              answered(order, outcome(failure), arrivedNanos);
            });
  }

  private void answered(Order order, String outcome, long arrivedNanos) {
    metrics.onCommand(order.kind().word(), outcome, node.ticker().nanos() - arrivedNanos);
  }

  private BusMessage.CommandRequest check(Order order, @Nullable TraceContext trace) {
    Identity identity = order.identity();
    if (!identity.mayCommand(order.kind())) {
      throw new RefusedException(
          ErrorCode.FORBIDDEN,
          order.kind().word()
              + ": role "
              + identity.role().word()
              + " (expected: "
              + Identity.roleFor(order.kind()).word()
              + ")");
    }
    String msgId = order.msgId();
    if (msgId != null && (msgId.isBlank() || msgId.length() > MAX_MSG_ID_LENGTH)) {
      throw new RefusedException(
          ErrorCode.BAD_REQUEST,
          "msgId: "
              + Texts.quote(msgId, 32)
              + " (expected: 1 to "
              + MAX_MSG_ID_LENGTH
              + " characters)");
    }
    try {
      String named = order.source() == null ? order.body().text("source") : order.source();
      String source = named == null ? sources.get(0) : named;
      if (!sources.contains(source)) {
        throw new RefusedException(
            ErrorCode.NOT_FOUND,
            "source: " + Texts.quote(source, 32) + " (expected: one of " + sources + ")");
      }
      Command command = CommandDecoder.decode(order.kind(), order.body(), order.target());
      if (!mayActOn(identity, source, command)) {
        throw new RefusedException(
            ErrorCode.FORBIDDEN, order.kind().word() + ": not for what your rooms show");
      }
      return new BusMessage.CommandRequest(
          source, msgId, identity.user(), order.remote(), command, trace);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private static boolean mayActOn(Identity identity, String source, Command command) {
    if (identity.maySeeAllTasks(source)) {
      return true;
    }
    Predicate<String> task = uuid -> identity.maySee(new Room(source, Room.Kind.TASK, uuid));
    if (command instanceof Command.Revoke revoke) {
      return revoke.uuids().stream().allMatch(task);
    } else if (command instanceof Command.Retry retry) {
      return retry.uuids().stream().allMatch(task);
    } else if (command instanceof Command.Queue queue) {
      return identity.maySee(new Room(source, Room.Kind.QUEUE, queue.queue()));
    } else if (command instanceof Command.Trigger trigger) {
      String queue = trigger.queue();
      return identity.maySee(new Room(source, Room.Kind.QUEUE, queue == null ? "celery" : queue));
    }
    return identity.maySee(new Room(source, Room.Kind.WORKERS, ""));
  }

  private static String outcome(Throwable failure) {
    return failure instanceof RefusedException refused
        ? refused.code().type().toLowerCase(Locale.ROOT)
        : "internal";
  }
}
