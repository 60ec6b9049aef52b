package io.apfa.realtime.bridge.source;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to one RabbitMQ. It uses the Java client that vertx-rabbitmq-client wraps, on a
 * worker thread of its own: queues need arguments, which the wrapper takes as a JSON tree only.
 *
 * <p>Thread-safe: the connection is touched on the one worker thread only, in order.
 */
public final class RabbitLink {
  private static final Logger LOG = LoggerFactory.getLogger(RabbitLink.class);
  private static final int CONNECT_TIMEOUT_MILLIS = 3000;
  private static final int PORT = 5672;
  private static final int TLS_PORT = 5671;
  private static final int HEARTBEAT_SECONDS = 10;

  /** After how long a dead link is noticed at the latest. */
  static final long NOTICED_MILLIS = HEARTBEAT_SECONDS * 2000L;

  private static final long CALL_TIMEOUT_MILLIS = 10_000;

  private final Vertx vertx;
  private final ConnectionFactory factory;
  private final @Nullable ClientTls tls;
  private final WorkerExecutor worker;
  private @Nullable Connection connection;

  /** What is done on a channel. */
  @FunctionalInterface
  public interface ChannelCall<T> {
    /** Does it; the channel is closed afterwards. */
    T on(Channel channel) throws IOException;
  }

  /**
   * A link to the broker at {@code url}; it connects with the first call. {@code amqps://} takes
   * the parameters of {@link ClientTls}.
   *
   * @throws IllegalArgumentException when {@code url} is no AMQP URL, without repeating it
   */
  public RabbitLink(Vertx vertx, String url) {
    this.vertx = vertx;
    factory = factory(url);
    tls =
        url.startsWith("amqps://")
            ? ClientTls.of(RedisEndpoint.queryOf(URI.create(url).getRawQuery()))
            : null;
    worker = vertx.createSharedWorkerExecutor("apfa-rabbit-" + System.identityHashCode(this), 1);
  }

  private static ConnectionFactory factory(String url) {
    ConnectionFactory factory = new ConnectionFactory();
    try {
      URI uri = URI.create(url);
      boolean tls = uri.getScheme().equals("amqps");
      factory.setHost(uri.getHost() == null ? "localhost" : uri.getHost());
      factory.setPort(uri.getPort() >= 0 ? uri.getPort() : tls ? TLS_PORT : PORT);
      String login = uri.getRawUserInfo();
      if (login != null) {
        int colon = login.indexOf(':');
        factory.setUsername(decoded(colon < 0 ? login : login.substring(0, colon)));
        factory.setPassword(colon < 0 ? "" : decoded(login.substring(colon + 1)));
      }
      // as Celery reads it: amqp://host//name is the virtual host /name, amqp://host is /
      String path = uri.getRawPath();
      factory.setVirtualHost(path == null || path.length() < 2 ? "/" : decoded(path.substring(1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "broker URL (expected: amqp://user:password@host:port/vhost or amqps://…)", e);
    }
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setConnectionTimeout(CONNECT_TIMEOUT_MILLIS);
    factory.setHandshakeTimeout(CONNECT_TIMEOUT_MILLIS);
    factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
    factory.setChannelRpcTimeout((int) CALL_TIMEOUT_MILLIS / 2);
    return factory;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Whether {@code url} is one that this link can use. */
  public static boolean isRabbit(String url) {
    return url.startsWith("amqp://") || url.startsWith("amqps://");
  }

  /** What is done on a channel, for nothing in return. */
  @FunctionalInterface
  public interface ChannelAction {
    /** Does it; the channel is closed afterwards. */
    void on(Channel channel) throws IOException;
  }

  /** Does something on a channel of its own. */
  public Future<Void> run(ChannelAction action) {
    return call(channel -> {
          action.on(channel);
          return true;
        })
        .mapEmpty();
  }

  /** Asks something on a channel of its own. */
  public <T> Future<T> call(ChannelCall<T> call) {
    return blocking(
            () -> {
              Channel channel = connected().createChannel();
              try {
                return call.on(channel);
              } finally {
                if (channel.isOpen()) {
                  channel.close();
                }
              }
            })
        .timeout(CALL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Runs {@code action} on the worker thread, in order with every other. */
  <T extends @Nullable Object> Future<T> blocking(Callable<T> action) {
    return worker.executeBlocking(action, true);
  }

  /** A connection of the caller's own; on the worker thread only. */
  Connection open(String name) throws IOException, TimeoutException {
    if (tls != null && !factory.isSSL()) {
      try {
        factory.useSslProtocol(tls.context(vertx));
      } catch (GeneralSecurityException e) {
        throw new IOException(e);
      }
      if (tls.checksHostname()) {
        factory.enableHostnameVerification();
      }
    }
    return factory.newConnection(name);
  }

  private Connection connected() throws IOException, TimeoutException {
    Connection open = connection;
    if (open == null || !open.isOpen()) {
      open = open("apfa-bridge");
      connection = open;
    }
    return open;
  }

  /** Ends the connection. */
  public Future<Void> close() {
    return blocking(
            () -> {
              Connection open = connection;
              connection = null;
              if (open != null && open.isOpen()) {
                open.close((int) CALL_TIMEOUT_MILLIS / 5);
              }
              return null;
            })
        .recover(
            failure -> {
              LOG.debug("closing", failure);
              return Future.succeededFuture();
            })
        .compose(v -> worker.close());
  }
}
