package io.apfa.realtime.launcher;

import io.apfa.realtime.launcher.Checks.Check;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Clock;
import io.apfa.realtime.runtime.SystemClock;
import java.io.PrintStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * {@code --doctor}: looks at every source through a bridge of its own, prints what it finds and
 * what to type to mend it, and changes nothing.
 *
 * <p>Confined to the main thread.
 */
final class Doctor {
  private static final int HEALTHY = 0;
  private static final int UNHEALTHY = 1;
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  /** Longer than two heartbeats of a worker with -E. */
  private static final long HEARING_MILLIS = 6000;

  private static final Clock CLOCK = new SystemClock();

  private Doctor() {}

  /** Examines; 0 = every check is fine. */
  static int run(Configuration configuration, PrintStream out) {
    if (configuration.brokerUrl().isEmpty()) {
      out.println(
          "broker.url: empty (expected: your broker, as in APFA_BROKER_URL=redis://host:6379/0)");
      return UNHEALTHY;
    }
    Map<String, String> values = new TreeMap<>(configuration.values());
    values.put("management.port", "0");
    values.put("state.url", "memory:");
    values.put("cluster.enabled", "false");
    CommandLine alone =
        new CommandLine(EnumSet.of(Role.CELERY_BRIDGE), null, false, CommandLine.Mode.DOCTOR);
    try {
      RunningNode node = get(RunningNode.start(Configuration.from(values, alone)));
      try {
        int status = HEALTHY;
        for (String source : configuration.sources()) {
          List<Check> checks = Checks.of(report(node, source));
          out.println("source " + source);
          checks.forEach(check -> out.println("  " + check));
          status = checks.stream().allMatch(Check::isFine) ? status : UNHEALTHY;
        }
        return status;
      } finally {
        get(node.stop());
      }
    } catch (ExecutionException | TimeoutException e) {
      out.println("doctor: " + e.getMessage());
      return UNHEALTHY;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNHEALTHY;
    }
  }

  /** A bridge's report, once it has heard a worker or had the time to. */
  private static Map<?, ?> report(RunningNode node, String source)
      throws ExecutionException, TimeoutException, InterruptedException {
    long deadline = CLOCK.millis() + HEARING_MILLIS;
    while (true) {
      BusMessage.BridgeAnswer answer =
          get(
              node.bus()
                  .request(
                      node.id(),
                      new BusMessage.BridgeQuery(source, BusMessage.BridgeQuery.What.DOCTOR, "", 1),
                      BusMessage.BridgeAnswer.class,
                      TIMEOUT));
      Object read =
          new Load(LoadSettings.builder().build())
              .loadFromString(answer.json() == null ? "{}" : answer.json());
      Map<?, ?> report = read instanceof Map<?, ?> map ? map : Map.of();
      boolean heard = report.get("workers") instanceof List<?> workers && !workers.isEmpty();
      if (heard || CLOCK.millis() > deadline) {
        return report;
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  private static <T> T get(io.vertx.core.Future<T> future)
      throws ExecutionException, TimeoutException, InterruptedException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(TIMEOUT.toSeconds() + 5, TimeUnit.SECONDS);
  }
}
