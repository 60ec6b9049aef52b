package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.Ticker;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event messages by {@code PSUBSCRIBE} on a Redis, over a connection of its own that always drains:
 * Redis cuts a subscriber that does not (celery-wire.md section 5).
 *
 * <p>Failure: whatever ends the connection, it connects again after 100 ms, doubling to 2 s, and
 * marks the break. A break begins when the last ping was sent that the server answered: answers
 * come in the order of the messages, so what was published before it was heard, however late it
 * came. A server that is silent, as one that was paused, keeps its connection for 15 s: what it
 * buffers then still comes.
 *
 * <p>Confined to the context that started it.
 */
public final class RedisEventSource implements EventSource {
  private static final Logger LOG = LoggerFactory.getLogger(RedisEventSource.class);

  /** What {@code CLIENT LIST} shows of this connection. */
  static final String CLIENT_NAME = "apfa-events";

  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 2000;
  private static final long CHECK_MILLIS = 1000;
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a message may be on its way from a busy worker to the server. */
  private static final long TRANSIT_MILLIS = 1000;

  /** The kernel's: what comes while we are busy. Redis cuts off whoever lets it pile up. */
  private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

  /** Ours: a read takes memory for as much as reads brought lately, within these. */
  private static final int MIN_READ_BYTES = 2 << 10;

  private static final int FIRST_READ_BYTES = 16 << 10;
  private static final int MAX_READ_BYTES = 1 << 20;

  private final Vertx vertx;
  private final RedisEndpoint endpoint;
  private final String pattern;
  private final Ticker ticker;
  private final Clock clock;
  private final NetClient client;

  private @Nullable Listener listener;
  private @Nullable NetSocket socket;
  private boolean stopped;
  private boolean subscribed;
  private long attempt;
  private long retryMillis = FIRST_RETRY_MILLIS;
  private long checkTimer;
  private long lastHeardNanos;
  private boolean pinged;
  private long pingedMillis;
  private long heardUntilMillis = -1;

  /** A source for events whose channels match {@code pattern} on the Redis at {@code endpoint}. */
  public RedisEventSource(
      Vertx vertx, RedisEndpoint endpoint, String pattern, Ticker ticker, Clock clock) {
    this.vertx = vertx;
    this.endpoint = endpoint;
    this.pattern = pattern;
    this.ticker = ticker;
    this.clock = clock;
    this.client =
        vertx.createNetClient(endpoint.netOptions().setReceiveBufferSize(RECEIVE_BUFFER_BYTES));
  }

  @Override
  public Future<Void> start(Listener user) {
    listener = user;
    checkTimer = vertx.setPeriodic(CHECK_MILLIS, id -> check());
    connect();
    return Future.succeededFuture();
  }

  @Override
  public boolean isKeeping() {
    return false;
  }

  @Override
  public void acknowledge(long deliveryTag) {
    // Redis keeps nothing
  }

  @Override
  public void consume(boolean leading) {
    // every bridge hears everything
  }

  @Override
  public long heardUntilMillis() {
    return heardUntilMillis;
  }

  @Override
  public Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(checkTimer);
    NetSocket open = socket;
    socket = null;
    return (open == null ? Future.<Void>succeededFuture() : open.close())
        .recover(e -> Future.succeededFuture())
        .compose(v -> client.close());
  }

  private void connect() {
    long mine = ++attempt;
    masterAddress()
        .compose(client::connect)
        .onComplete(opened -> onOpened(mine, opened), failure -> onLost(mine, failure.toString()));
  }

  private Future<SocketAddress> masterAddress() {
    String master = endpoint.masterName();
    if (master == null) {
      return Future.succeededFuture(endpoint.addresses().get(0));
    }
    return askSentinel(master, 0);
  }

  private Future<SocketAddress> askSentinel(String master, int index) {
    SocketAddress sentinel = endpoint.addresses().get(index);
    Redis redis = Redis.createClient(vertx, "redis://" + sentinel.host() + ":" + sentinel.port());
    return redis
        .send(Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(master))
        .map(
            answer ->
                SocketAddress.inetSocketAddress(
                    answer.get(1).toInteger(), answer.get(0).toString()))
        .onComplete(done -> redis.close())
        .recover(
            failure ->
                index + 1 < endpoint.addresses().size()
                    ? askSentinel(master, index + 1)
                    : Future.failedFuture(failure));
  }

  private void onOpened(long mine, NetSocket opened) {
    if (stopped || mine != attempt) {
      opened.close().onFailure(e -> LOG.debug("closing", e));
      return;
    }
    socket = opened;
    lastHeardNanos = ticker.nanos();
    pinged = false;
    // Vert.x reads with buffers of the kernel's size otherwise, new and zeroed for each read.
    ((NetSocketInternal) opened)
        .channelHandlerContext()
        .channel()
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES));
    RespReader reader = new RespReader(new Replies(mine));
    opened.handler(chunk -> onChunk(mine, reader, chunk));
    opened.exceptionHandler(e -> onLost(mine, e.toString()));
    opened.closeHandler(v -> onLost(mine, "the connection was closed"));
    String password = endpoint.password();
    String user = endpoint.user();
    if (password != null && user != null) {
      send("AUTH", user, password);
    } else if (password != null) {
      send("AUTH", password);
    }
    send("CLIENT", "SETNAME", CLIENT_NAME);
    send("PSUBSCRIBE", pattern);
  }

  private void onChunk(long mine, RespReader reader, Buffer chunk) {
    if (mine != attempt) {
      return;
    }
    lastHeardNanos = ticker.nanos();
    try {
      reader.feed(chunk);
    } catch (RespReader.ProtocolException e) {
      onLost(mine, "not RESP: " + e.getMessage());
    }
  }

  private void onLost(long mine, String reason) {
    if (stopped || mine != attempt) {
      return;
    }
    attempt++;
    NetSocket open = socket;
    socket = null;
    if (open != null) {
      open.close().onFailure(e -> LOG.debug("closing", e));
    }
    if (subscribed && listener != null) {
      listener.onDisconnected(reason);
    }
    LOG.debug("{}: {}; next try in {} ms", endpoint, reason, retryMillis);
    subscribed = false;
    vertx.setTimer(retryMillis, id -> reconnect());
    retryMillis = Math.min(retryMillis * 2, LAST_RETRY_MILLIS);
  }

  private void reconnect() {
    if (!stopped && socket == null) {
      connect();
    }
  }

  private void check() {
    if (socket == null) {
      return;
    }
    long silence = sinceHeardNanos();
    if (silence > (subscribed ? SILENCE_NANOS : HANDSHAKE_NANOS)) {
      onLost(attempt, "silent for " + TimeUnit.NANOSECONDS.toSeconds(silence) + " s");
    } else if (subscribed && !pinged) {
      pinged = true;
      pingedMillis = clock.millis();
      send("PING");
    }
  }

  private long sinceHeardNanos() {
    return ticker.nanos() - lastHeardNanos;
  }

  private void send(String... words) {
    NetSocket open = socket;
    if (open == null) {
      return;
    }
    Buffer out = Buffer.buffer("*" + words.length + "\r\n");
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      out.appendString("$" + bytes.length + "\r\n").appendBytes(bytes).appendString("\r\n");
    }
    open.write(out).onFailure(e -> LOG.debug("{}: writing", endpoint, e));
  }

  /** What the server answers on one connection. Confined to its context. */
  private final class Replies implements RespReader.Handler {
    private final long mine;

    Replies(long mine) {
      this.mine = mine;
    }

    @Override
    public void onMessage(byte[] payload) {
      Listener user = listener;
      if (user != null && mine == attempt) {
        user.onMessage(HeardMessage.envelope(payload, clock.millis()));
      }
    }

    @Override
    public void onReply(String kind, String text) {
      Listener user = listener;
      if (user == null || mine != attempt) {
        return;
      }
      switch (kind) {
        case "psubscribe" -> {
          subscribed = true;
          retryMillis = FIRST_RETRY_MILLIS;
          if (heardUntilMillis >= 0) {
            user.onMessage(HeardMessage.silence(heardUntilMillis - TRANSIT_MILLIS, clock.millis()));
          }
          heardUntilMillis = clock.millis();
          user.onConnected();
        }
        case "pong" -> {
          pinged = false;
          heardUntilMillis = pingedMillis;
        }
        case "error" -> onError(text);
        default -> {}
      }
    }

    private void onError(String text) {
      // a name is for people who look; a user that may not give one may still listen
      if (!text.toLowerCase(Locale.ROOT).contains("setname")) {
        onLost(mine, text);
      }
    }
  }
}
