package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.TaskMessage;
import io.apfa.realtime.protocol.CeleryEvent;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The broker's queues. Confined to its verticle's context; futures fail when the broker cannot be
 * reached.
 */
public interface QueueClient {
  /** Names of the queues that the broker knows of by itself. */
  Future<Set<String>> discover();

  /** Reads how many messages wait in each of {@code queues}. */
  Future<List<CeleryEvent.QueueReading>> readDepths(Collection<String> queues, long nowMillis);

  /** Puts a task in its queue. */
  Future<Void> submit(TaskMessage task, String origin);

  /** Removes what waits in {@code queue}, and tells how many messages that were. */
  Future<Long> purge(String queue);

  /**
   * The first messages of {@code queue}, next one first, without taking them.
   *
   * @param limit most messages
   */
  Future<List<QueuedTask>> peek(String queue, int limit);

  /** Whether {@link #peek} leaves no trace, so that it may be done every other second. */
  boolean isPeekingFree();

  /** The tasks that workers have taken and not acknowledged, at most {@code limit}. */
  Future<List<QueuedTask>> taken(int limit);

  /** Ends its connections. */
  Future<Void> close();
}
