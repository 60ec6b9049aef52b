package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.EventDecoder;
import io.apfa.realtime.bridge.event.Malformed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a bridge counts. Types of custom events share the label {@code task-custom}, those of
 * unknown groups {@code other}, so that no publisher can make labels without end. Malformed input
 * is logged at most once a minute.
 *
 * <p>Confined to its verticle's context, but for the gauges, which are atomics.
 */
final class BridgeMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(BridgeMetrics.class);
  private static final long LOG_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final MeterRegistry registry;
  private final String source;
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger leading = new AtomicInteger();
  private final AtomicLong lagMillis = new AtomicLong();
  private final Map<String, Counter> received = new HashMap<>();
  private final Map<Malformed, Counter> malformed = new HashMap<>();
  private final Map<String, Counter> outcomes = new HashMap<>();
  private final Gauge gauge;
  private final Gauge leadingGauge;
  private final Gauge lagGauge;
  private final Counter lost;
  private final Counter repaired;
  private final Counter conflated;
  private long malformedSinceLog;
  private long lastLogNanos;
  private boolean everLogged;

  BridgeMetrics(MeterRegistry registry, String source) {
    this.registry = registry;
    this.source = source;
    this.lost = registry.counter("apfa.events.lost");
    this.repaired = registry.counter("apfa.events.repaired");
    this.conflated = registry.counter("apfa.events.conflated");
    this.gauge =
        Gauge.builder("apfa.bridge.connected", connected, AtomicInteger::doubleValue)
            .tag("source", source)
            .register(registry);
    this.leadingGauge =
        Gauge.builder("apfa.bridge.leading", leading, AtomicInteger::doubleValue)
            .tag("source", source)
            .register(registry);
    this.lagGauge =
        Gauge.builder("apfa.bridge.lag.seconds", lagMillis, millis -> millis.get() / 1000.0)
            .description("How long the oldest event heard has not been in the log")
            .tag("source", source)
            .register(registry);
  }

  /** Takes the gauges away, so that a later bridge of this source has its own. */
  void close() {
    registry.remove(gauge);
    registry.remove(leadingGauge);
    registry.remove(lagGauge);
  }

  void setLeading(boolean isLeading) {
    leading.set(isLeading ? 1 : 0);
  }

  /** The age of the oldest event that was heard and is not in the log; 0 = there is none. */
  void setLag(long millis) {
    lagMillis.set(millis);
  }

  void setConnected(boolean isConnected) {
    connected.set(isConnected ? 1 : 0);
  }

  void onReceived(String type, int count) {
    Counter counter = received.get(type);
    if (counter == null) {
      counter = registry.counter("apfa.events.received", "type", label(type));
      if (received.size() < 256) {
        received.put(type, counter);
      }
    }
    counter.increment(count);
  }

  void onMalformed(Malformed reason, String detail, long nowNanos) {
    malformed
        .computeIfAbsent(reason, r -> registry.counter("apfa.events.malformed", "reason", r.word()))
        .increment();
    malformedSinceLog++;
    if (!everLogged || nowNanos - lastLogNanos >= LOG_EVERY_NANOS) {
      LOG.warn(
          "source {}: malformed event, {}: {} ({} since the last such line)",
          source,
          reason.word(),
          detail,
          malformedSinceLog);
      everLogged = true;
      lastLogNanos = nowNanos;
      malformedSinceLog = 0;
    }
  }

  /** Events known to be lost; a number nobody can say counts as one. */
  void onLost(long estimated) {
    lost.increment((double) Math.max(1, estimated));
  }

  /** Events that a later one of the task proves were sent and not heard. */
  void onMissing(List<String> types) {
    for (String type : types) {
      registry.counter("apfa.events.missing", "type", type).increment();
    }
  }

  void onRepaired(long count) {
    repaired.increment((double) count);
  }

  void onConflated(long count) {
    conflated.increment((double) count);
  }

  void onOutcome(String command, String status) {
    outcomes
        .computeIfAbsent(
            command + "/" + status,
            k -> registry.counter("apfa.commands", "command", command, "status", status))
        .increment();
  }

  private static String label(String type) {
    if (EventDecoder.isBuiltIn(type)) {
      return type;
    }
    return switch (type) {
      case "worker-online", "worker-heartbeat", "worker-offline" -> type;
      default -> type.startsWith("task-") ? "task-custom" : "other";
    };
  }
}
