package io.apfa.realtime.broadcaster;

import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply.Status;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The bridges that wait for their batches to be stored. Bounded by what the room takes in before it
 * asks bridges to wait.
 *
 * <p>Confined to its verticle's context.
 */
final class Waiters {
  private final Deque<Waiter> waiting = new ArrayDeque<>();

  private record Waiter(FeedPosition position, Promise<EventBatchReply> reply) {}

  /** The answer to a batch that ends at {@code position}, once there is one. */
  Future<EventBatchReply> add(FeedPosition position) {
    Promise<EventBatchReply> reply = Promise.promise();
    waiting.add(new Waiter(position, reply));
    return reply.future();
  }

  /** Answers everyone whose batch {@code stored} covers. */
  void onStored(FeedPosition stored) {
    while (!waiting.isEmpty() && stored.covers(waiting.peek().position())) {
      waiting.remove().reply().complete(new EventBatchReply(Status.DONE, stored));
    }
  }

  /** Answers everyone with {@code status}. */
  void end(Status status, FeedPosition stored) {
    while (!waiting.isEmpty()) {
      waiting.remove().reply().complete(new EventBatchReply(status, stored));
    }
  }

  /** Hands everyone over to {@code next}. */
  void moveTo(Waiters next) {
    next.waiting.addAll(waiting);
    waiting.clear();
  }
}
