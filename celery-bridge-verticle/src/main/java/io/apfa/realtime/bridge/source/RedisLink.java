package io.apfa.realtime.bridge.source;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Commands to one Redis over a small pool: a broken connection is replaced with the next command.
 * Every command is answered or fails within its timeout. Confined to its verticle's context.
 */
public final class RedisLink {
  private static final long TIMEOUT_MILLIS = 5000;

  private final Redis redis;

  /** Connects with the first command. */
  public RedisLink(Vertx vertx, RedisEndpoint endpoint) {
    this.redis = Redis.createClient(vertx, endpoint.clientOptions());
  }

  /** Sends one command; arguments are texts or byte arrays. */
  public Future<@Nullable Response> send(Command command, Object... arguments) {
    return redis.send(request(command, arguments)).timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Sends commands in one write; the answers are in their order. */
  public Future<List<Response>> batch(List<Request> requests) {
    return redis.batch(requests).timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A connection of one's own, for commands that block; to be closed. */
  public Future<RedisConnection> connect() {
    return redis.connect().timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A command with its arguments. */
  public static Request request(Command command, Object... arguments) {
    Request request = Request.cmd(command);
    for (Object argument : arguments) {
      if (argument instanceof byte[] bytes) {
        request.arg(io.vertx.core.buffer.Buffer.buffer(bytes));
      } else {
        request.arg(argument.toString());
      }
    }
    return request;
  }

  /** Ends the connections. */
  public Future<Void> close() {
    return redis.close();
  }
}
