package io.apfa.realtime.launcher.demo;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two connections to Redis, one that subscribes to a channel and one for commands, opened again a
 * second after either is lost, for ever.
 *
 * <p>Confined to the context it was given.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
  private static final int RECONNECT_MILLIS = 1_000;

  private final Context context;
  private final Redis redis;
  private final String channel;
  private final Consumer<String> onMessage;
  private final Runnable onOpen;
  private @Nullable RedisConnection subscription;
  private @Nullable RedisConnection commands;
  private boolean isRetrying;
  private boolean isClosed;

  /** {@code onOpen} runs after each time both connections stand. */
  RedisLink(
      Vertx vertx,
      Context context,
      String url,
      String channel,
      Consumer<String> onMessage,
      Runnable onOpen) {
    this.context = context;
    this.redis = Redis.createClient(vertx, url);
    this.channel = channel;
    this.onMessage = onMessage;
    this.onOpen = onOpen;
  }

  /** Connects, now and whenever a connection is lost. */
  void open() {
    isRetrying = false;
    redis
        .connect()
        .compose(this::subscribe)
        .compose(subscribed -> redis.connect())
        .onSuccess(this::opened)
        .onFailure(this::onLost);
  }

  /** Whether commands would reach Redis now. */
  boolean isOpen() {
    return commands != null;
  }

  /** Sends commands in one write; their answers in order. */
  Future<List<@Nullable Response>> send(List<RedisCommand> batch) {
    RedisConnection connection = commands;
    if (connection == null) {
      return Future.failedFuture("not connected");
    }
    if (batch.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return connection.batch(batch.stream().map(RedisLink::request).toList());
  }

  Future<Void> close() {
    isClosed = true;
    commands = null;
    return redis.close();
  }

  private Future<@Nullable Response> subscribe(RedisConnection connection) {
    subscription = connection;
    connection.handler(this::onPush);
    connection.exceptionHandler(this::onLost);
    connection.endHandler(end -> onLost(new IllegalStateException("subscription ended")));
    return connection.send(Request.cmd(Command.SUBSCRIBE).arg(channel));
  }

  private void opened(RedisConnection connection) {
    commands = connection;
    connection.exceptionHandler(this::onLost);
    connection.endHandler(end -> onLost(new IllegalStateException("connection ended")));
    onOpen.run();
  }

  private void onPush(@Nullable Response push) {
    if (push != null
        && (push.type() == ResponseType.PUSH || push.type() == ResponseType.MULTI)
        && push.size() == 3
        && push.get(0).toString().equals("message")) {
      onMessage.accept(push.get(2).toString());
    }
  }

  private void onLost(Throwable cause) {
    if (isClosed || isRetrying) {
      return;
    }
    isRetrying = true;
    LOG.warn("demo generator: no Redis, again in {} ms: {}", RECONNECT_MILLIS, cause.toString());
    RedisConnection former = commands;
    commands = null;
    context.owner().setTimer(RECONNECT_MILLIS, timer -> reopen(former));
  }

  private void reopen(@Nullable RedisConnection former) {
    closeQuietly(subscription);
    closeQuietly(former);
    subscription = null;
    if (!isClosed) {
      open();
    }
  }

  private static void closeQuietly(@Nullable RedisConnection connection) {
    if (connection != null) {
      connection.close().onFailure(e -> LOG.debug("closing a lost connection", e));
    }
  }

  private static Request request(RedisCommand command) {
    Request request = Request.cmd(Command.create(command.name()));
    command.arguments().forEach(request::arg);
    return request;
  }
}
