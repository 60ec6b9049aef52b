package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.source.ControlClient;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a worker that came until it hears requests: a worker says that it is online before it
 * listens, and what it is told too early it never learns. Confined to its verticle's context.
 */
final class WorkerGreeter {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerGreeter.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int MAX_TRIES = 30;
  private static final int MAX_GREETED = 200;

  private final ControlClient control;
  private final Consumer<String> onReady;
  private final Set<String> greeting = new HashSet<>();

  /** Tells {@code onReady} the name of each worker that hears requests. */
  WorkerGreeter(ControlClient control, Consumer<String> onReady) {
    this.control = control;
    this.onReady = onReady;
  }

  void greet(String hostname) {
    if (greeting.size() < MAX_GREETED && greeting.add(hostname)) {
      tryGreeting(hostname, 1);
    }
  }

  private void tryGreeting(String hostname, int attempt) {
    control
        .request(
            ControlRequest.to(hostname, "ping", Map.of()), replies -> !replies.isEmpty(), PATIENCE)
        .recover(
            failure -> {
              LOG.debug("greeting {}", hostname, failure);
              return io.vertx.core.Future.succeededFuture(List.<ControlReply>of());
            })
        .onSuccess(
            replies -> {
              if (!replies.isEmpty()) {
                greeting.remove(hostname);
                onReady.accept(hostname);
              } else if (attempt < MAX_TRIES) {
                tryGreeting(hostname, attempt + 1);
              } else {
                greeting.remove(hostname);
              }
            });
  }
}
