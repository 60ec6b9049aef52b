package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.protocol.Disconnect;
import io.apfa.realtime.runtime.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The gateway's meters. {@code apfa_ws_connections} is a gauge; the family {@code
 * apfa_ws_connections_total} that dashboards query is written from it by the management port.
 *
 * <p>Confined to its verticle's context.
 */
final class GatewayMetrics implements SessionEvents {
  private static final double[] SIZE_BUCKETS = {
    64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288,
    1_048_576
  };
  private static final Duration[] HOP_BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  private final MeterRegistry registry;
  private final Map<String, Counter> sent = new HashMap<>();
  private final Map<String, DistributionSummary> sizes = new HashMap<>();
  private final Map<String, Counter> counters = new HashMap<>();

  /** What many sessions in a row are written is counted once for all of them. */
  private List<Frame> lately = List.of();

  private int latelyTimes;
  private final Clock clock;
  private final Timer clientHop;
  private final Timer busHop;
  private final Timer canary;
  private final Timer command;
  private final Counter conflated;

  GatewayMetrics(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.clientHop = hop("client");
    this.busHop = hop("bus");
    this.canary =
        Timer.builder("apfa_bus_canary")
            .description("Round trip of the interest renewal between this node and an owner")
            .serviceLevelObjectives(HOP_BUCKETS)
            .register(registry);
    this.command =
        Timer.builder("apfa_gateway_command")
            .description("From a command's arrival to its answer, accepted or refused")
            .serviceLevelObjectives(HOP_BUCKETS)
            .register(registry);
    this.conflated =
        Counter.builder("apfa_gateway_conflated_rows")
            .description("Rows left out for sessions that were held back")
            .register(registry);
  }

  private Timer hop(String name) {
    return Timer.builder("apfa_hop_seconds")
        .tag("hop", name)
        .serviceLevelObjectives(HOP_BUCKETS)
        .register(registry);
  }

  /**
   * Shows {@code sessions}, {@code unsentBytes}, {@code arrivals} and {@code drainLagSeconds} as
   * gauges.
   */
  void watch(
      Supplier<Number> sessions,
      Supplier<Number> unsentBytes,
      Supplier<Number> arrivals,
      Supplier<Number> drainLagSeconds) {
    Gauge.builder("apfa_ws_connections", sessions).register(registry);
    Gauge.builder("apfa_gateway_outbox_bytes", unsentBytes).register(registry);
    Gauge.builder("apfa_gateway_arrivals_waiting", arrivals).register(registry);
    Gauge.builder("apfa_gateway_drain_lag_seconds", drainLagSeconds)
        .description("How long the oldest unsent write of each of the slowest quarter waits")
        .register(registry);
  }

  /**
   * Shows what an alert watches as 0 before it happens: a counter that appears with its first
   * increment has no increase that a monitor can see.
   */
  void showZeroes(List<String> sources) {
    for (String result : List.of("recovered", "lost")) {
      counter("apfa_gateway_recoveries", "result", result);
    }
    for (String source : sources) {
      counter("apfa_gateway_log_pulls", "source", source);
    }
    for (Disconnect disconnect : Disconnect.values()) {
      counter("apfa_gateway_disconnects", "code", Integer.toString(disconnect.code()));
    }
  }

  @Override
  public void onFrames(List<Frame> frames) {
    if (frames != lately) {
      countFrames();
      lately = frames;
    }
    latelyTimes++;
  }

  @Override
  public void onFlushed() {
    countFrames();
  }

  /** Counts the list that was written last, as often as it was. */
  private void countFrames() {
    for (Frame frame : lately) {
      String event = frame.event();
      Counter counter = sent.get(event);
      if (counter == null) {
        counter = registry.counter("apfa_ws_messages_sent", "event", event);
        sent.put(event, counter);
      }
      counter.increment(latelyTimes);
      DistributionSummary size = sizes.get(event);
      if (size == null) {
        size =
            DistributionSummary.builder("apfa_ws_message_size_bytes")
                .tag("event", event)
                .serviceLevelObjectives(SIZE_BUCKETS)
                .register(registry);
        sizes.put(event, size);
      }
      for (int i = 0; i < latelyTimes; i++) {
        size.record(frame.bytes().length());
      }
    }
    lately = List.of();
    latelyTimes = 0;
  }

  @Override
  public void onConflated(int rows) {
    conflated.increment(rows);
  }

  @Override
  public void onDisconnect(int code) {
    count("apfa_gateway_disconnects", "code", Integer.toString(code));
  }

  @Override
  public void onRecovery(boolean recovered) {
    count("apfa_gateway_recoveries", "result", recovered ? "recovered" : "lost");
  }

  @Override
  public void onHole(String source) {
    count("apfa_gateway_log_pulls", "source", source);
  }

  @Override
  public void onBatch(String source, long closedMillis, int rows, int bytes) {
    busHop.record(Duration.ofMillis(Math.max(0, clock.millis() - closedMillis)));
    registry.summary("apfa_gateway_batch_rows", "source", source).record(rows);
    registry.summary("apfa_gateway_batch_bytes", "source", source).record(bytes);
  }

  /** An owner answered the renewal of our interest. */
  void onCanary(long nanos) {
    canary.record(Duration.ofNanos(nanos));
  }

  /** The log is read instead of the bus, because no owner answers. */
  void onFollow(String source) {
    count("apfa_gateway_log_follows", "source", source);
  }

  /** A client said how old the latest batch was when it was shown. */
  void onClientLag(double millis) {
    if (millis >= 0 && millis < 3_600_000) {
      clientHop.record(Duration.ofNanos((long) (millis * 1_000_000)));
    }
  }

  /** Something was refused at the door. */
  void onRefused(String reason) {
    count("apfa_gateway_refused", "reason", reason);
  }

  /** A command was answered, {@code nanos} after it came. */
  void onCommand(String kind, String outcome, long nanos) {
    command.record(Duration.ofNanos(nanos));
    count("apfa_gateway_commands", "kind", kind, "outcome", outcome);
  }

  private void count(String name, String... tags) {
    counter(name, tags).increment();
  }

  private Counter counter(String name, String... tags) {
    String key = name + String.join(",", tags);
    Counter counter = counters.get(key);
    if (counter == null) {
      counter = registry.counter(name, tags);
      counters.put(key, counter);
    }
    return counter;
  }
}
