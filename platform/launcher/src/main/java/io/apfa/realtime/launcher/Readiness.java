package io.apfa.realtime.launcher;

import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whether this node should get traffic, with the reasons why not: the state store answers, every
 * source has an owner, a rate-limit verticle has spoken, and nobody is draining.
 *
 * <p>Thread-safe: one volatile flag; the rest is asked of thread-safe parts.
 */
final class Readiness {
  private static final long STORE_TIMEOUT_MILLIS = 1000;

  private final Node node;
  private final Set<Role> roles;
  private final List<String> sources;
  private volatile boolean draining;

  Readiness(Node node, Set<Role> roles, List<String> sources) {
    this.node = node;
    this.roles = roles;
    this.sources = sources;
  }

  /** From now on this node is not ready: it leaves. */
  void drain() {
    draining = true;
  }

  /** The reasons why this node is not ready; none = it is. */
  Future<List<String>> problems() {
    List<String> problems = new ArrayList<>();
    if (draining) {
      problems.add("draining: this node is shutting down");
    }
    for (String source : sources) {
      if (roles.contains(Role.GATEWAY) && node.directory().ownerOf(source) == null) {
        problems.add("source " + source + ": no owner (expected: a broadcaster that owns it)");
      }
    }
    if (node.limits().announcement().version() == 0) {
      problems.add("limits: none announced yet (expected: a rate-limit verticle)");
    }
    return node.store()
        .ping()
        .timeout(STORE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .map(pong -> problems)
        .recover(
            failure -> {
              problems.add(
                  "state store: " + failure.getMessage() + " (expected: an answer in 1 s)");
              return Future.succeededFuture(problems);
            });
  }
}
