package io.apfa.realtime.bridge.source;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.KombuMessage;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pidbox on RabbitMQ: requests go to a fanout exchange, replies come to a queue of the request's
 * own (celery-wire.md section 6), which is read every few milliseconds and removed at the end.
 * Confined to its verticle's context.
 */
public final class RabbitControl implements ControlClient {
  private static final Logger LOG = LoggerFactory.getLogger(RabbitControl.class);
  private static final long POLL_MILLIS = 10;
  private static final int EXPIRES_MILLIS = 60_000;

  private final Vertx vertx;
  private final RabbitLink link;
  private final RedisNames names;
  private final Serializer serializer;
  private final Ticker ticker;
  private final Clock clock;

  /** Names of exchanges and queues are the same as on Redis. */
  public RabbitControl(
      Vertx vertx,
      RabbitLink link,
      RedisNames names,
      Serializer serializer,
      Ticker ticker,
      Clock clock) {
    this.vertx = vertx;
    this.link = link;
    this.names = names;
    this.serializer = serializer;
    this.ticker = ticker;
    this.clock = clock;
  }

  @Override
  public Future<Void> cast(ControlRequest request) {
    KombuMessage message = request.message(null, "", "", expires(Duration.ofSeconds(10)));
    return link.run(
        channel -> {
          publish(channel, message);
        });
  }

  @Override
  public Future<List<ControlReply>> request(
      ControlRequest request, Predicate<List<ControlReply>> isLast, Duration timeout) {
    String oid = UUID.randomUUID().toString();
    String queue = names.replyQueue(oid);
    KombuMessage message =
        request.message(
            names.replyExchangeName(), UUID.randomUUID().toString(), oid, expires(timeout));
    long deadlineNanos = ticker.nanos() + timeout.toNanos();
    Gathering gathering = new Gathering(queue, isLast, deadlineNanos);
    return link.run(
            channel -> {
              channel.exchangeDeclare(names.replyExchangeName(), "direct", false, false, null);
              channel.queueDeclare(queue, false, false, false, Map.of("x-expires", EXPIRES_MILLIS));
              channel.queueBind(queue, names.replyExchangeName(), oid);
              publish(channel, message);
            })
        .compose(v -> gathering.start())
        .onComplete(
            done ->
                link.call(channel -> channel.queueDelete(queue))
                    .onFailure(e -> LOG.debug("removing a reply queue", e)));
  }

  @Override
  public Future<Void> close() {
    return link.close();
  }

  private void publish(Channel channel, KombuMessage message) throws IOException {
    channel.exchangeDeclare(names.controlExchangeName(), "fanout", false, false, null);
    channel.basicPublish(
        names.controlExchangeName(),
        "",
        new AMQP.BasicProperties.Builder()
            .contentType(serializer.contentType())
            .contentEncoding(serializer.contentEncoding())
            .deliveryMode(2)
            .priority(0)
            .headers(message.headers())
            .build(),
        serializer.encode(message.body()));
  }

  private double expires(Duration timeout) {
    return (clock.millis() + timeout.toMillis()) / 1000.0;
  }

  /** The replies to one request. Confined to its verticle's context. */
  private final class Gathering {
    private final String queue;
    private final Predicate<List<ControlReply>> isLast;
    private final long deadlineNanos;
    private final List<ControlReply> replies = new ArrayList<>();
    private final Promise<List<ControlReply>> done = Promise.promise();

    Gathering(String queue, Predicate<List<ControlReply>> isLast, long deadlineNanos) {
      this.queue = queue;
      this.isLast = isLast;
      this.deadlineNanos = deadlineNanos;
    }

    Future<List<ControlReply>> start() {
      poll();
      return done.future();
    }

    private void poll() {
      link.call(this::read)
          .onComplete(
              more -> {
                replies.addAll(more);
                boolean over = ticker.nanos() - deadlineNanos >= 0;
                if (over || (!more.isEmpty() && isLast.test(replies))) {
                  done.complete(List.copyOf(replies));
                } else {
                  vertx.setTimer(POLL_MILLIS, id -> poll());
                }
              },
              done::tryFail);
    }

    private List<ControlReply> read(Channel channel) throws IOException {
      List<ControlReply> found = new ArrayList<>();
      GetResponse response = channel.basicGet(queue, true);
      while (response != null) {
        try {
          found.addAll(
              ControlReply.read(
                  KombuMessage.bodyText(
                      response.getBody(), response.getProps().getContentType(), null)));
        } catch (IllegalArgumentException e) {
          LOG.warn("a worker's reply cannot be read: {}", e.getMessage());
        }
        response = channel.basicGet(queue, true);
      }
      return found;
    }
  }
}
