package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ControlReply;
import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.runtime.Clock;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks workers what no event tells: the size of their pools; and, after a break, who is there at
 * all. Confined to its verticle's context.
 */
final class WorkerWatch {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ControlClient control;
  private final boolean canTell;
  private final WorkerBook workers;
  private final Clock clock;
  private final Consumer<CeleryEvent> out;

  /**
   * A watch of one source's workers.
   *
   * @param serializer the workers' own. Those that answer in YAML are not asked: PyYAML's safe
   *     dumper refuses the {@code Counter} in their statistics, upon which Celery
   *     (worker/pidbox.py, on_message) opens its mailbox anew, and what else was asked meanwhile is
   *     lost.
   */
  WorkerWatch(
      ControlClient control,
      Serializer serializer,
      WorkerBook workers,
      Clock clock,
      Consumer<CeleryEvent> out) {
    this.control = control;
    this.canTell = serializer != Serializer.YAML;
    this.workers = workers;
    this.clock = clock;
    this.out = out;
  }

  /** Asks every worker, or one. */
  Future<Void> ask(@Nullable String hostname) {
    if (!canTell) {
      return Future.succeededFuture();
    }
    List<String> destination = hostname == null ? List.of() : List.of(hostname);
    int expected = hostname == null ? workers.alive(clock.millis()).size() : 1;
    return control
        .request(
            new ControlRequest("stats", Map.of(), destination),
            replies -> expected > 0 && hostname != null && replies.size() >= expected,
            PATIENCE)
        .map(
            replies -> {
              replies.forEach(this::tell);
              return null;
            });
  }

  /** Makes every worker send a heartbeat now, as Celery's own monitor does after it connects. */
  Future<Void> wake() {
    return control.cast(ControlRequest.toAll("heartbeat", Map.of()));
  }

  private void tell(ControlReply reply) {
    Map<String, @Nullable Object> stats = Values.map(reply.value());
    if (stats.isEmpty() || stats.containsKey("error")) {
      return;
    }
    long now = clock.millis();
    workers.onReply(reply.hostname(), now);
    Map<String, @Nullable Object> pool = Values.map(stats.get("pool"));
    long size = Values.whole(pool.get("max-concurrency"), -1);
    List<@Nullable Object> processes = Values.list(pool.get("processes"));
    out.accept(
        new CeleryEvent.WorkerEvent(
            "worker-heartbeat",
            reply.hostname(),
            Values.whole(stats.get("pid"), -1),
            -1,
            Times.UNKNOWN_MILLIS,
            now,
            Double.NaN,
            -1,
            -1,
            List.of(),
            null,
            null,
            null,
            (int) (processes.isEmpty() ? size : processes.size())));
  }
}
