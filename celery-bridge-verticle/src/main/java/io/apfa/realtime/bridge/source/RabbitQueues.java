package io.apfa.realtime.bridge.source;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import io.apfa.realtime.bridge.event.KombuMessage;
import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.bridge.event.TaskMessage;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.protocol.CeleryEvent;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queues of a RabbitMQ, by AMQP alone: it tells the depth of a queue whose name is known, and not
 * what is taken from it. Peeking takes messages and puts them back, which marks them redelivered.
 * Confined to its verticle's context.
 */
public final class RabbitQueues implements QueueClient {
  /** What is peeked at is away from its queue for a moment, so it is little. */
  private static final int MAX_PEEKED = 200;

  private final RabbitLink link;
  private final Serializer serializer;

  public RabbitQueues(RabbitLink link, Serializer serializer) {
    this.link = link;
    this.serializer = serializer;
  }

  @Override
  public Future<Set<String>> discover() {
    // AMQP lists no queues; events name them, and this one is Celery's default
    return Future.succeededFuture(Set.of("celery"));
  }

  @Override
  public Future<List<CeleryEvent.QueueReading>> readDepths(
      Collection<String> queues, long nowMillis) {
    return readFrom(List.copyOf(queues), 0, nowMillis, new ArrayList<>());
  }

  private Future<List<CeleryEvent.QueueReading>> readFrom(
      List<String> queues, int index, long nowMillis, List<CeleryEvent.QueueReading> readings) {
    if (index >= queues.size()) {
      return Future.succeededFuture(readings);
    }
    String queue = queues.get(index);
    return depth(queue)
        .compose(
            depth -> {
              if (depth >= 0) {
                readings.add(new CeleryEvent.QueueReading(queue, depth, -1, nowMillis));
              }
              return readFrom(queues, index + 1, nowMillis, readings);
            });
  }

  /** Messages that wait; -1 when there is no such queue. */
  private Future<Long> depth(String queue) {
    return link.call(
        channel -> {
          try {
            return (long) channel.queueDeclarePassive(queue).getMessageCount();
          } catch (IOException e) {
            if (channel.getConnection().isOpen()) {
              return -1L;
            }
            throw e;
          }
        });
  }

  @Override
  public Future<Void> submit(TaskMessage task, String origin) {
    KombuMessage message = task.message(origin);
    // absent and null mean the same to Celery, but for these two
    Map<String, Object> headers = new TreeMap<>();
    message
        .headers()
        .forEach(
            (name, value) -> {
              if (value != null || name.equals("eta") || name.equals("expires")) {
                headers.put(name, value);
              }
            });
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties.Builder()
            .contentType(serializer.contentType())
            .contentEncoding(serializer.contentEncoding())
            .deliveryMode(2)
            .priority(task.priority())
            .correlationId(task.uuid())
            .replyTo(task.uuid())
            .headers(headers)
            .build();
    return link.run(
        channel -> {
          channel.basicPublish(
              "", task.queue(), true, properties, serializer.encode(message.body()));
        });
  }

  @Override
  public Future<Long> purge(String queue) {
    return link.call(channel -> (long) channel.queuePurge(queue).getMessageCount());
  }

  @Override
  public Future<List<QueuedTask>> peek(String queue, int limit) {
    return link.call(
        channel -> {
          List<QueuedTask> tasks = new ArrayList<>();
          long last = 0;
          GetResponse response = channel.basicGet(queue, false);
          while (response != null) {
            last = response.getEnvelope().getDeliveryTag();
            QueuedTask task = taskOf(queue, response);
            if (task != null) {
              tasks.add(task);
            }
            response =
                tasks.size() < Math.min(limit, MAX_PEEKED) ? channel.basicGet(queue, false) : null;
          }
          if (last > 0) {
            channel.basicNack(last, true, true);
          }
          return tasks;
        });
  }

  private static @Nullable QueuedTask taskOf(String queue, GetResponse response) {
    Map<String, @Nullable Object> headers = new TreeMap<>();
    Map<String, Object> raw = response.getProps().getHeaders();
    if (raw != null) {
      raw.forEach(
          (name, value) ->
              headers.put(
                  name,
                  value instanceof com.rabbitmq.client.LongString text ? text.toString() : value));
    }
    try {
      String body =
          KombuMessage.bodyText(
              response.getBody(),
              response.getProps().getContentType(),
              Values.text(headers.get("compression")));
      return QueuedTask.of(queue, false, new KombuMessage(body, headers, Map.of()));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  public Future<List<QueuedTask>> taken(int limit) {
    return Future.succeededFuture(List.of());
  }

  @Override
  public boolean isPeekingFree() {
    return false;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
