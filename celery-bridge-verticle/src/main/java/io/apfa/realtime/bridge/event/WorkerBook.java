package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which workers live, as far as a bridge must know it to stop waiting for replies: a worker lives
 * until it says it goes offline, or until twice its heartbeat interval has passed on the bridge's
 * own clock without one.
 *
 * <p>Bounded: the worker heard of longest ago leaves first. Confined to its verticle's context.
 */
public final class WorkerBook {
  private static final int MAX_WORKERS = 10_000;
  private static final double HEARTBEATS_MISSED = 2.0;
  private static final double DEFAULT_FREQ_SECONDS = 60.0;

  private final Map<String, Heard> workers =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Heard> eldest) {
          return size() > MAX_WORKERS;
        }
      };

  private record Heard(long millis, double freqSeconds) {}

  /**
   * Notes a worker's event.
   *
   * @return whether the worker was not known to live before
   */
  public boolean onEvent(CeleryEvent.WorkerEvent event) {
    if (event.type().equals("worker-offline")) {
      workers.remove(event.hostname());
      return false;
    }
    double freq = event.freqSeconds() > 0 ? event.freqSeconds() : DEFAULT_FREQ_SECONDS;
    Heard before = workers.put(event.hostname(), new Heard(event.receivedMillis(), freq));
    return before == null || event.type().equals("worker-online");
  }

  /** Notes that {@code hostname} answered. */
  public void onReply(String hostname, long nowMillis) {
    Heard before = workers.get(hostname);
    double freq = before == null ? DEFAULT_FREQ_SECONDS : before.freqSeconds();
    workers.put(hostname, new Heard(nowMillis, freq));
  }

  /** The workers that live, in no order. */
  public List<String> alive(long nowMillis) {
    List<String> alive = new ArrayList<>();
    workers.forEach(
        (hostname, heard) -> {
          if (nowMillis - heard.millis() < heard.freqSeconds() * HEARTBEATS_MISSED * 1000) {
            alive.add(hostname);
          }
        });
    return alive;
  }

  /** Whether {@code hostname} lives. */
  public boolean isAlive(String hostname, long nowMillis) {
    Heard heard = workers.get(hostname);
    return heard != null
        && nowMillis - heard.millis() < heard.freqSeconds() * HEARTBEATS_MISSED * 1000;
  }
}
