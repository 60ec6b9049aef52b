package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.HeardMessage;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * The twin of the real sources: messages come from {@link #publish}, and the broker is away when
 * someone says so. Like Redis, it keeps nothing.
 *
 * <p>Confined to the context that started it.
 */
public final class MemoryEventSource implements EventSource {
  private @Nullable Listener listener;
  private boolean connected = true;
  private long lostMillis = -1;

  /** Delivers {@code message}, unless the source is not started or away. */
  public void publish(HeardMessage message) {
    Listener user = listener;
    if (user != null && connected) {
      user.onMessage(message);
    }
  }

  /** Ends the connection, at {@code nowMillis}. */
  public void disconnect(long nowMillis) {
    Listener user = listener;
    if (user != null && connected) {
      lostMillis = nowMillis;
      user.onDisconnected("disconnected");
    }
    connected = false;
  }

  /** Connects again, at {@code nowMillis}. */
  public void reconnect(long nowMillis) {
    Listener user = listener;
    if (user != null && !connected) {
      connected = true;
      if (lostMillis >= 0) {
        user.onMessage(HeardMessage.silence(lostMillis, nowMillis));
      }
      user.onConnected();
    }
    connected = true;
  }

  @Override
  public Future<Void> start(Listener user) {
    listener = user;
    if (connected) {
      user.onConnected();
    }
    return Future.succeededFuture();
  }

  @Override
  public boolean isKeeping() {
    return false;
  }

  @Override
  public void acknowledge(long deliveryTag) {
    // it keeps nothing
  }

  @Override
  public void consume(boolean leading) {
    // it tells everyone
  }

  @Override
  public long heardUntilMillis() {
    return lostMillis;
  }

  @Override
  public Future<Void> stop() {
    listener = null;
    return Future.succeededFuture();
  }
}
