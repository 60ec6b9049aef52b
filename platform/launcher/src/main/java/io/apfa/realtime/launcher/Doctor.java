package io.apfa.realtime.launcher;

import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.io.PrintStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
          String report = examine(node, source);
          out.println(source + ": " + report);
          if (report.contains("\"ok\":false")) {
            status = UNHEALTHY;
          }
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

  private static String examine(RunningNode node, String source)
      throws ExecutionException, TimeoutException, InterruptedException {
    BusMessage.BridgeAnswer answer =
        get(
            node.bus()
                .request(
                    node.id(),
                    new BusMessage.BridgeQuery(source, BusMessage.BridgeQuery.What.DOCTOR, "", 1),
                    BusMessage.BridgeAnswer.class,
                    TIMEOUT));
    String json = answer.json();
    return json == null ? "no report" : json;
  }

  private static <T> T get(io.vertx.core.Future<T> future)
      throws ExecutionException, TimeoutException, InterruptedException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(TIMEOUT.toSeconds() + 5, TimeUnit.SECONDS);
  }
}
