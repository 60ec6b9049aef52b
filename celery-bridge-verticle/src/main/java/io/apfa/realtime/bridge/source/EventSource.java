package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.HeardMessage;
import io.vertx.core.Future;

/**
 * Where a Celery app's event messages come from. It connects, and reconnects for ever, by itself.
 *
 * <p>Confined to the context that started it; the listener is called there too.
 */
public interface EventSource {
  /** What a source tells its user. */
  interface Listener {
    /**
     * A message, or the mark of a break: a source that was away says so before the first message
     * after it.
     */
    void onMessage(HeardMessage message);

    /** From now on messages are heard. */
    void onConnected();

    /** From now on, or since a moment ago, none is heard. */
    void onDisconnected(String reason);
  }

  /**
   * Begins, whether or not the broker can be reached.
   *
   * @return completed once it tries; never failed by an unreachable broker
   */
  Future<Void> start(Listener listener);

  /**
   * Whether the broker keeps messages until {@link #acknowledge}, so that nothing is missed while
   * no bridge listens.
   */
  boolean isKeeping();

  /** Every message up to this delivery tag is done; nothing where the broker keeps none. */
  void acknowledge(long deliveryTag);

  /**
   * Whether this bridge should take messages from the broker now: only the leading one does, where
   * the broker keeps them; without effect elsewhere.
   */
  void consume(boolean leading);

  /**
   * Until when everything published was heard, on this bridge's wall clock; -1 = nobody knows. It
   * stands still while the broker does not answer.
   */
  long heardUntilMillis();

  /** Ends it. */
  Future<Void> stop();
}
