package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Talks to Celery's workers through pidbox. Confined to its verticle's context; futures fail when
 * the broker cannot be reached.
 */
public interface ControlClient {
  /**
   * Sends a request and gathers replies.
   *
   * @param isLast asked with all replies so far after each; true ends the gathering
   * @param timeout ends it too
   * @return the replies that came, in their order; maybe none
   */
  Future<List<ControlReply>> request(
      ControlRequest request, Predicate<List<ControlReply>> isLast, Duration timeout);

  /** Sends a request that wants no reply. */
  Future<Void> cast(ControlRequest request);

  /** Ends its connections. */
  Future<Void> close();
}
