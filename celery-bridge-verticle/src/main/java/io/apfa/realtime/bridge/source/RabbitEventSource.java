package io.apfa.realtime.bridge.source;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.runtime.Clock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event messages from one durable queue that all bridges share, bound to the event exchange with
 * {@code #}. Only the leading bridge consumes, and acknowledges what is in the owner's log, so a
 * restart of bridges misses nothing; the queue is bounded by bytes and age, so a dead bridge cannot
 * fill the broker.
 *
 * <p>Events are transient messages: a restart of the broker loses what waited. A transient exchange
 * marks the broker's life; when it is gone after a reconnect, the break is told.
 *
 * <p>Confined to the context that started it; the client's threads only hand over.
 */
public final class RabbitEventSource implements EventSource {
  private static final Logger LOG = LoggerFactory.getLogger(RabbitEventSource.class);
  private static final int PREFETCH = 5000;
  private static final long RETRY_MILLIS = 1000;
  private static final long MAX_QUEUE_BYTES = 128L << 20;
  private static final int MESSAGE_TTL_MILLIS = 600_000;

  /** Delivery tags count from 1 on each channel; the channel's number is above these bits. */
  private static final int TAG_BITS = 40;

  private final Vertx vertx;
  private final RabbitLink link;
  private final String exchange;
  private final String queue;
  private final Clock clock;
  private @Nullable Context context;
  private @Nullable Listener listener;
  private @Nullable Connection connection;
  private @Nullable Channel channel;
  private boolean stopped;
  private boolean connecting;
  private boolean consuming;
  private boolean everConnected;
  private long channels;
  private long lastAliveMillis;
  private long lastHeardMillis = -1;

  /** A source for the events on {@code exchange}, kept in {@code queue}. */
  public RabbitEventSource(
      Vertx vertx, RabbitLink link, String exchange, String queue, Clock clock) {
    this.vertx = vertx;
    this.link = link;
    this.exchange = exchange;
    this.queue = queue;
    this.clock = clock;
  }

  @Override
  public Future<Void> start(Listener user) {
    context = vertx.getOrCreateContext();
    listener = user;
    lastAliveMillis = clock.millis();
    connect();
    return Future.succeededFuture();
  }

  @Override
  public boolean isKeeping() {
    return true;
  }

  @Override
  public void acknowledge(long deliveryTag) {
    Channel open = channel;
    long mine = channels;
    if (open == null || deliveryTag >> TAG_BITS != mine) {
      return;
    }
    long tag = deliveryTag & ((1L << TAG_BITS) - 1);
    link.blocking(
            () -> {
              open.basicAck(tag, true);
              return null;
            })
        .onFailure(e -> LOG.debug("acknowledging", e));
  }

  @Override
  public void consume(boolean leading) {
    if (consuming == leading) {
      return;
    }
    consuming = leading;
    Connection open = connection;
    if (open != null) {
      reopenChannel(open);
    }
  }

  @Override
  public long heardUntilMillis() {
    return lastHeardMillis;
  }

  @Override
  public Future<Void> stop() {
    stopped = true;
    Connection open = connection;
    connection = null;
    channel = null;
    return link.blocking(
            () -> {
              if (open != null && open.isOpen()) {
                open.close((int) RETRY_MILLIS);
              }
              return null;
            })
        .recover(e -> Future.succeededFuture())
        .mapEmpty();
  }

  private void connect() {
    if (stopped || connecting || connection != null) {
      return;
    }
    connecting = true;
    link.blocking(this::openAndDeclare)
        .onComplete(
            this::onOpened,
            failure -> {
              connecting = false;
              LOG.debug("RabbitMQ cannot be reached", failure);
              vertx.setTimer(RETRY_MILLIS, id -> connect());
            });
  }

  /** A connection whose queue exists, and whether the broker is the one of before. */
  private record Opened(Connection connection, boolean isSameLife) {}

  private Opened openAndDeclare() throws IOException, TimeoutException {
    Connection opened = link.open("apfa-events");
    boolean same = isMarked(opened);
    Channel declaring = opened.createChannel();
    declaring.exchangeDeclare(exchange, BuiltinExchangeType.TOPIC, true, false, null);
    declaring.queueDeclare(
        queue,
        true,
        false,
        false,
        Map.of(
            "x-single-active-consumer",
            true,
            "x-max-length-bytes",
            MAX_QUEUE_BYTES,
            "x-overflow",
            "drop-head",
            "x-message-ttl",
            MESSAGE_TTL_MILLIS));
    declaring.queueBind(queue, exchange, "#");
    declaring.exchangeDeclare(marker(), BuiltinExchangeType.FANOUT, false, false, null);
    declaring.abort();
    return new Opened(opened, same);
  }

  private boolean isMarked(Connection opened) throws IOException {
    Channel asking = opened.createChannel();
    try {
      asking.exchangeDeclarePassive(marker());
      asking.abort();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String marker() {
    return queue + ".life";
  }

  private void onOpened(Opened opened) {
    connecting = false;
    Connection open = opened.connection();
    if (stopped) {
      link.blocking(
          () -> {
            open.abort();
            return null;
          });
      return;
    }
    connection = open;
    open.addShutdownListener(
        cause -> onContext(() -> onLost(open, String.valueOf(cause.getMessage()))));
    Listener user = listener;
    if (user != null) {
      user.onConnected();
      if (everConnected && !opened.isSameLife()) {
        user.onMessage(HeardMessage.silence(lastAliveMillis, clock.millis()));
      }
      everConnected = true;
    }
    if (consuming) {
      reopenChannel(open);
    }
  }

  private void onLost(Connection lost, String reason) {
    if (stopped || connection != lost) {
      return;
    }
    connection = null;
    channel = null;
    // a dead link is noticed late; but the queue is in order, so what came last was lost last
    lastAliveMillis = Math.max(lastHeardMillis, clock.millis() - RabbitLink.NOTICED_MILLIS);
    Listener user = listener;
    if (user != null) {
      user.onDisconnected(reason);
    }
    vertx.setTimer(RETRY_MILLIS, id -> connect());
  }

  /** Closing the old channel puts back what was not acknowledged on it. */
  private void reopenChannel(Connection open) {
    Channel old = channel;
    channel = null;
    long mine = ++channels;
    boolean consumes = consuming;
    link.blocking(
            () -> {
              if (old != null && old.isOpen()) {
                old.abort();
              }
              if (!consumes) {
                return null;
              }
              Channel opened = open.createChannel();
              opened.basicQos(PREFETCH);
              opened.basicConsume(queue, false, new Deliveries(opened, mine));
              return opened;
            })
        .onComplete(
            opened -> {
              if (mine == channels) {
                channel = opened;
              }
            },
            failure -> {
              LOG.debug("consuming", failure);
              vertx.setTimer(
                  RETRY_MILLIS,
                  id -> {
                    if (mine == channels && connection == open) {
                      reopenChannel(open);
                    }
                  });
            });
  }

  private void onContext(Runnable action) {
    Context own = context;
    if (own != null) {
      own.runOnContext(v -> action.run());
    }
  }

  /** What comes on one channel. Confined to the client's thread; hands over to the context. */
  private final class Deliveries extends DefaultConsumer {
    private final long mine;

    Deliveries(Channel channel, long mine) {
      super(channel);
      this.mine = mine;
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
      Map<String, Object> headers = properties.getHeaders();
      Object compression = headers == null ? null : headers.get("compression");
      HeardMessage message =
          HeardMessage.body(
              body,
              properties.getContentType(),
              compression == null ? null : compression.toString(),
              clock.millis(),
              (mine << TAG_BITS) | envelope.getDeliveryTag(),
              envelope.isRedeliver());
      onContext(
          () -> {
            Listener user = listener;
            if (user != null && mine == channels) {
              lastHeardMillis = message.receivedMillis();
              user.onMessage(message);
            }
          });
    }
  }
}
