package io.apfa.realtime.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a bridge's report means for the person who set it up.
 *
 * <p>Immutable.
 */
final class Checks {
  private Checks() {}

  /**
   * One finding.
   *
   * @param fix what to type to mend it; empty when it is fine
   */
  record Check(boolean isFine, String what, String fix) {
    @Override
    public String toString() {
      return (isFine ? "ok      " : "BROKEN  ") + what + (isFine ? "" : "\n          fix: " + fix);
    }
  }

  /** The findings in {@code report}. */
  static List<Check> of(Map<?, ?> report) {
    List<Check> checks = new ArrayList<>();
    boolean connected = Boolean.TRUE.equals(report.get("connected"));
    checks.add(
        new Check(
            connected,
            "broker: " + report.get("broker"),
            "check broker.url (APFA_BROKER_URL), the broker's address, password and firewall"));
    List<?> workers = report.get("workers") instanceof List<?> list ? list : List.of();
    checks.add(
        new Check(
            !workers.isEmpty(),
            "workers heard: " + (workers.isEmpty() ? "none" : workers),
            "celery -A your_app worker -E    (and the same broker URL, database and key prefix)"));
    List<?> paused = report.get("pausedQueues") instanceof List<?> list ? list : List.of();
    if (!paused.isEmpty()) {
      checks.add(new Check(false, "queues paused: " + paused, "resume them on the Queues page"));
    }
    if (report.get("queues") instanceof List<?> queues) {
      checks.add(new Check(true, "queues: " + (queues.isEmpty() ? "none yet" : queues), ""));
    }
    return checks;
  }
}
