package io.apfa.realtime.runtime;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessageCodec;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event bus in our own words. A node has one address for what is sent to it and one it shares
 * with all for what is announced; which verticle gets a message is decided by the message's kind,
 * here, and never by an address of its own.
 *
 * <p>The bus is at-most-once and reports success on loss: {@link #send} and {@link #announce}
 * promise nothing; a {@link #request} is answered or fails within its timeout, and a failure does
 * not say that nothing happened.
 *
 * <p>Thread-safe: handlers run on the context that registered them.
 */
public final class Bus {
  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);
  private static final String ALL_NODES = "apfa.nodes";
  private static final String NODE_PREFIX = "apfa.node.";

  private final Vertx vertx;
  private final NodeId self;
  private final EventBus events;
  private final DeliveryOptions delivery = new DeliveryOptions().setCodecName(BusMessageCodec.NAME);
  private final Map<BusMessage.Kind, List<Listener>> listeners = new ConcurrentHashMap<>();
  private final Map<BusMessage.Kind, Responder> responders = new ConcurrentHashMap<>();

  private final AtomicLong rebuilds = new AtomicLong();
  private volatile List<MessageConsumer<BusMessage>> consumers = List.of();

  private record Listener(Context context, Consumer<BusMessage> handler) {}

  private record Responder(
      Context context, Function<BusMessage, Future<? extends BusMessage>> handler) {}

  private Bus(Vertx vertx, NodeId self) {
    this.vertx = vertx;
    this.self = self;
    this.events = vertx.eventBus();
  }

  /**
   * Opens the bus of node {@code self}. Call once per Vert.x instance.
   *
   * @return completed once other nodes can reach this one
   */
  public static Future<Bus> open(Vertx vertx, NodeId self) {
    Bus bus = new Bus(vertx, self);
    bus.events.registerCodec(new BusMessageCodec());
    return bus.register().map(bus);
  }

  private Future<Void> register() {
    List<MessageConsumer<BusMessage>> made =
        List.of(
            events.<BusMessage>consumer(NODE_PREFIX + self, this::onMessage),
            events.<BusMessage>consumer(ALL_NODES, this::onMessage));
    consumers = made;
    return Future.all(made.stream().map(MessageConsumer::completion).toList()).mapEmpty();
  }

  /**
   * Registers this node's addresses anew, when nothing comes though the node is in the cluster: a
   * cluster that was split may have forgotten them. What is on its way meanwhile is lost.
   */
  public Future<Void> rebuild() {
    rebuilds.incrementAndGet();
    List<Future<Void>> ended = new ArrayList<>();
    consumers.forEach(consumer -> ended.add(consumer.unregister().otherwiseEmpty()));
    return Future.join(ended).compose(v -> register());
  }

  /** How often the addresses were registered anew. */
  public long rebuilds() {
    return rebuilds.get();
  }

  /** This node. */
  public NodeId self() {
    return self;
  }

  /** Sends to one node, without an answer. */
  public void send(NodeId node, BusMessage message) {
    events.send(NODE_PREFIX + node, message, delivery);
  }

  /** Sends to every node, this one included, without an answer. */
  public void announce(BusMessage message) {
    events.publish(ALL_NODES, message, delivery);
  }

  /**
   * Asks one node.
   *
   * @return the answer; failed with {@link RefusedException} when the other side refuses, when no
   *     one there answers this kind (UNAVAILABLE), or when {@code timeout} passes (UNAVAILABLE)
   */
  public <T extends BusMessage> Future<T> request(
      NodeId node, BusMessage message, Class<T> answer, Duration timeout) {
    DeliveryOptions options =
        new DeliveryOptions(delivery).setSendTimeout(Math.max(1, timeout.toMillis()));
    return events
        .<BusMessage>request(NODE_PREFIX + node, message, options)
        .recover(failure -> Future.failedFuture(asRefusal(message.kind(), node, failure)))
        .compose(
            reply -> {
              BusMessage body = reply.body();
              if (body.kind() == BusMessage.Kind.REFUSAL) {
                BusMessage.Refusal refusal = (BusMessage.Refusal) body;
                return Future.failedFuture(new RefusedException(refusal));
              }
              return Future.succeededFuture(answer.cast(body));
            });
  }

  /** Calls {@code handler} for each message of {@code type}, on the caller's context. */
  public <T extends BusMessage> Registration listen(
      BusMessage.Kind kind, Class<T> type, Consumer<T> handler) {
    Listener listener =
        new Listener(vertx.getOrCreateContext(), message -> handler.accept(type.cast(message)));
    listeners.computeIfAbsent(kind, k -> new CopyOnWriteArrayList<>()).add(listener);
    return () -> listeners.getOrDefault(kind, new CopyOnWriteArrayList<>()).remove(listener);
  }

  /**
   * Answers each request of {@code type}, on the caller's context. A failed future becomes a
   * refusal: the one of a {@link RefusedException}, else INTERNAL.
   *
   * @throws IllegalStateException when this node has someone who answers that kind
   */
  public <T extends BusMessage> Registration respond(
      BusMessage.Kind kind, Class<T> type, Function<T, Future<? extends BusMessage>> handler) {
    Responder responder =
        new Responder(vertx.getOrCreateContext(), message -> handler.apply(type.cast(message)));
    if (responders.putIfAbsent(kind, responder) != null) {
      throw new IllegalStateException(
          kind + " is answered already (expected: one responder a node)");
    }
    return () -> responders.remove(kind, responder);
  }

  /** Ends a {@link #listen} or a {@link #respond}. */
  @FunctionalInterface
  public interface Registration {
    /** Ends it; a message on its way may still come. */
    void end();
  }

  private void onMessage(Message<BusMessage> message) {
    BusMessage body = message.body();
    List<Listener> interested = listeners.get(body.kind());
    if (interested != null) {
      for (Listener listener : interested) {
        listener.context().runOnContext(v -> runListener(listener, body));
      }
    }
    if (message.replyAddress() == null) {
      return;
    }
    Responder responder = responders.get(body.kind());
    if (responder == null) {
      message.reply(
          new BusMessage.Refusal(
              ErrorCode.UNAVAILABLE, "node " + self + " does not answer " + body.kind(), 1000),
          delivery);
      return;
    }
    responder.context().runOnContext(v -> runResponder(responder, message));
  }

  private static void runListener(Listener listener, BusMessage message) {
    try {
      listener.handler().accept(message);
    } catch (RuntimeException e) {
      LOG.error("handler of {} failed", message.kind(), e);
    }
  }

  private void runResponder(Responder responder, Message<BusMessage> message) {
    Future<? extends BusMessage> answer;
    try {
      answer = responder.handler().apply(message.body());
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    answer.onComplete(
        body -> message.reply(body, delivery),
        failure -> message.reply(refusalOf(message.body().kind(), failure), delivery));
  }

  private static BusMessage refusalOf(BusMessage.Kind kind, Throwable failure) {
    if (failure instanceof RefusedException refused) {
      return refused.refusal();
    }
    LOG.error("answering {} failed", kind, failure);
    return new BusMessage.Refusal(ErrorCode.INTERNAL, String.valueOf(failure.getMessage()), 0);
  }

  private static RefusedException asRefusal(BusMessage.Kind kind, NodeId node, Throwable failure) {
    @Nullable ReplyFailure type =
        failure instanceof ReplyException reply ? reply.failureType() : null;
    String why =
        type == ReplyFailure.TIMEOUT
            ? "no answer in time"
            : type == ReplyFailure.NO_HANDLERS ? "the node is gone" : failure.getMessage();
    return new RefusedException(
        new BusMessage.Refusal(
            ErrorCode.UNAVAILABLE, kind + " to node " + node + ": " + why, 1000));
  }
}
