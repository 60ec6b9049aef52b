package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.KombuMessage;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.Ticker;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pidbox on Redis: requests are published, replies come to a list of the request's own, whose
 * binding and key are removed when it ends. Confined to its verticle's context.
 */
public final class RedisControl implements ControlClient {
  private static final Logger LOG = LoggerFactory.getLogger(RedisControl.class);
  private static final double MAX_WAIT_SECONDS = 2;
  private static final double MIN_WAIT_SECONDS = 0.005;

  private final RedisLink redis;
  private final RedisNames names;
  private final Serializer serializer;
  private final Ticker ticker;
  private final Clock clock;

  public RedisControl(
      RedisLink redis, RedisNames names, Serializer serializer, Ticker ticker, Clock clock) {
    this.redis = redis;
    this.names = names;
    this.serializer = serializer;
    this.ticker = ticker;
    this.clock = clock;
  }

  @Override
  public Future<Void> cast(ControlRequest request) {
    return publish(request.message(null, "", "", expires(Duration.ofSeconds(10))));
  }

  @Override
  public Future<List<ControlReply>> request(
      ControlRequest request, Predicate<List<ControlReply>> isLast, Duration timeout) {
    String oid = UUID.randomUUID().toString();
    String queue = names.replyQueue(oid);
    String bindings = names.bindings(names.replyExchangeName());
    String member = oid + names.separator() + names.separator() + queue;
    long deadlineNanos = ticker.nanos() + timeout.toNanos();
    KombuMessage message =
        request.message(
            names.replyExchangeName(), UUID.randomUUID().toString(), oid, expires(timeout));
    List<ControlReply> replies = new ArrayList<>();
    return redis
        .connect()
        .compose(
            connection ->
                connection
                    .send(RedisLink.request(Command.SADD, bindings, member))
                    .compose(v -> publish(message))
                    .compose(
                        v -> gather(connection, names.key(queue), replies, isLast, deadlineNanos))
                    .eventually(
                        () -> {
                          unbind(bindings, member, names.key(queue));
                          return connection.close();
                        }))
        .map(v -> List.copyOf(replies));
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private Future<Void> gather(
      RedisConnection connection,
      String key,
      List<ControlReply> replies,
      Predicate<List<ControlReply>> isLast,
      long deadlineNanos) {
    double left = (deadlineNanos - ticker.nanos()) / 1e9;
    if (left < MIN_WAIT_SECONDS) {
      return Future.succeededFuture();
    }
    String wait = String.format(Locale.ROOT, "%.3f", Math.min(left, MAX_WAIT_SECONDS));
    return connection
        .send(RedisLink.request(Command.BRPOP, key, wait))
        .timeout(5, TimeUnit.SECONDS)
        .compose(
            answer -> {
              add(answer, replies);
              return isLast.test(replies)
                  ? Future.succeededFuture()
                  : gather(connection, key, replies, isLast, deadlineNanos);
            });
  }

  private static void add(@Nullable Response answer, List<ControlReply> replies) {
    if (answer == null || answer.size() < 2) {
      return;
    }
    try {
      replies.addAll(ControlReply.read(KombuMessage.read(answer.get(1).toBytes()).body()));
    } catch (IllegalArgumentException e) {
      LOG.warn("a worker's reply cannot be read: {}", e.getMessage());
    }
  }

  private void unbind(String bindings, String member, String key) {
    redis
        .batch(
            List.of(
                RedisLink.request(Command.SREM, bindings, member),
                RedisLink.request(Command.DEL, key)))
        .onFailure(e -> LOG.debug("unbinding a reply queue", e));
  }

  private Future<Void> publish(KombuMessage message) {
    String envelope =
        message.envelope(
            serializer, names.controlExchangeName(), "", 0, UUID.randomUUID().toString());
    return redis.send(Command.PUBLISH, names.controlChannel(), envelope).mapEmpty();
  }

  private double expires(Duration timeout) {
    return (clock.millis() + timeout.toMillis()) / 1000.0;
  }
}
