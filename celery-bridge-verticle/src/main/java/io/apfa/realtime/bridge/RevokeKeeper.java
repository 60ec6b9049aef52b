package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ControlRequest;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.runtime.Node;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Revoked tasks, told again to workers that come late: revokes live in a worker's memory for three
 * hours, and a worker that starts alone knows none (celery-wire.md section 2). Kept in the state
 * store too, so the next leading bridge knows them.
 *
 * <p>Bounded: the oldest leave first. Confined to its verticle's context.
 */
final class RevokeKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(RevokeKeeper.class);
  private static final long KEPT_MILLIS = Duration.ofHours(3).toMillis();
  private static final int MAX_KEPT = 500;
  private static final String KEY_PREFIX = "revoke/";
  private static final String SEPARATOR = "\n";

  private final Node node;
  private final String source;
  private final ControlClient control;

  /** By key, which begins with the time it is kept until, so the oldest is first. */
  private final TreeMap<String, List<String>> kept = new TreeMap<>();

  private long count;

  RevokeKeeper(Node node, String source, ControlClient control) {
    this.node = node;
    this.source = source;
    this.control = control;
  }

  /** Keeps a revoke for its three hours. */
  void keep(Command.Revoke revoke) {
    String key = key(node.clock().millis() + KEPT_MILLIS) + "-" + node.id() + "-" + ++count;
    kept.put(key, revoke.uuids());
    store(key, String.join(SEPARATOR, revoke.uuids()));
    forgetOld();
  }

  /** Takes what the store kept, as alternating keys and values. */
  void load(List<String> values) {
    for (int i = 0; i + 1 < values.size(); i += 2) {
      if (values.get(i).startsWith(KEY_PREFIX)) {
        kept.put(values.get(i), List.of(values.get(i + 1).split(SEPARATOR, -1)));
      }
    }
    forgetOld();
  }

  /** Tells a worker that came what it missed. */
  void onWorkerCame(String hostname) {
    forgetOld();
    for (List<String> uuids : kept.values()) {
      Map<String, @Nullable Object> arguments = new HashMap<>();
      arguments.put("task_id", uuids);
      arguments.put("terminate", false);
      control
          .cast(ControlRequest.to(hostname, "revoke", arguments))
          .onFailure(e -> LOG.warn("source {}: revokes not sent: {}", source, e.toString()));
    }
  }

  int size() {
    return kept.size();
  }

  private static String key(long untilMillis) {
    return KEY_PREFIX + String.format("%015d", untilMillis);
  }

  private void forgetOld() {
    String now = key(node.clock().millis());
    Iterator<String> oldest = kept.keySet().iterator();
    int surplus = kept.size() - MAX_KEPT;
    while (oldest.hasNext()) {
      String key = oldest.next();
      if (surplus-- <= 0 && key.compareTo(now) > 0) {
        return;
      }
      oldest.remove();
      store(key, null);
    }
  }

  private void store(String key, @Nullable String value) {
    node.store()
        .putValue(source, key, value)
        .onFailure(e -> LOG.warn("source {}: revoke not kept: {}", source, e.toString()));
  }
}
