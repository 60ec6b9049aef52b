package io.apfa.realtime.launcher;

import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.runtime.Node;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whether this node should get traffic, with the reasons why not: the state store answers, the bus
 * brings back what is announced, every source has an owner that is heard, a rate-limit verticle has
 * spoken, and nobody is draining. That events wait is told and is no reason: ADR 0015.
 *
 * <p>Thread-safe: one volatile flag; the rest is asked of thread-safe parts.
 */
final class Readiness {
  private static final long STORE_TIMEOUT_MILLIS = 1000;

  private final Node node;
  private final Set<Role> roles;
  private final List<String> sources;
  private final Duration maxEventLag;
  private volatile boolean draining;

  /**
   * What a node answers.
   *
   * @param problems why it is not ready; none = it is
   * @param notes what an operator should know all the same
   */
  record Answer(List<String> problems, List<String> notes) {
    boolean isReady() {
      return problems.isEmpty();
    }

    /** A line for each, the verdict first. */
    String text() {
      List<String> lines = new ArrayList<>(isReady() ? List.of("ready") : problems);
      lines.addAll(notes);
      return String.join("\n", lines) + "\n";
    }
  }

  Readiness(Node node, Set<Role> roles, List<String> sources, Duration maxEventLag) {
    this.node = node;
    this.roles = roles;
    this.sources = sources;
    this.maxEventLag = maxEventLag;
  }

  /** From now on this node is not ready: it leaves. */
  void drain() {
    draining = true;
  }

  /** Asks everything; never fails. */
  Future<Answer> ask() {
    List<String> problems = new ArrayList<>();
    if (draining) {
      problems.add("draining: this node is shutting down");
    }
    ReadinessRules.bus(node.directory().sinceSelf()).ifPresent(problems::add);
    if (roles.contains(Role.GATEWAY)) {
      for (String source : sources) {
        ReadinessRules.owner(source, node.directory().sinceOwner(source)).ifPresent(problems::add);
      }
    }
    if (node.limits().announcement().version() == 0) {
      problems.add("limits: none announced yet (expected: a rate-limit verticle)");
    }
    return node.store()
        .ping()
        .timeout(STORE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .map(pong -> new Answer(problems, notes()))
        .recover(
            failure -> {
              problems.add(
                  "state store: " + failure.getMessage() + " (expected: an answer in 1 s)");
              return Future.succeededFuture(new Answer(problems, notes()));
            });
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (Gauge gauge : node.metrics().find("apfa.bridge.lag.seconds").gauges()) {
      Duration lag = Duration.ofMillis(Math.round(1000 * gauge.value()));
      String source = String.valueOf(gauge.getId().getTag("source"));
      ReadinessRules.lag(source, lag, maxEventLag).ifPresent(notes::add);
    }
    return notes;
  }
}
