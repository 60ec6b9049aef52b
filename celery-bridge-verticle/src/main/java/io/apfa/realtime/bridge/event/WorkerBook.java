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

  /** A worker as it was last heard; {@code beats}: by heartbeats; {@code missed}: told silent. */
  private record Heard(long millis, double freqSeconds, boolean beats, boolean missed) {}

  /** A worker whose heartbeats stopped without a farewell, and when it was last heard. */
  public record Silent(String hostname, long lastHeardMillis) {}

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
    Heard known = workers.get(event.hostname());
    boolean beats = event.processed() >= 0 || (known != null && known.beats());
    Heard before =
        workers.put(event.hostname(), new Heard(event.receivedMillis(), freq, beats, false));
    return before == null || event.type().equals("worker-online");
  }

  /** Notes that {@code hostname} answered. */
  public void onReply(String hostname, long nowMillis) {
    Heard before = workers.get(hostname);
    double freq = before == null ? DEFAULT_FREQ_SECONDS : before.freqSeconds();
    workers.put(hostname, new Heard(nowMillis, freq, before != null && before.beats(), false));
  }

  /**
   * The workers that fell silent, each told once.
   *
   * @param hearingSinceMillis since when nothing was missed
   * @param heardUntilMillis until when all that was published was heard
   */
  public List<Silent> takeSilent(long hearingSinceMillis, long heardUntilMillis) {
    List<Silent> silent = new ArrayList<>();
    workers.replaceAll(
        (hostname, heard) -> {
          long from = Math.max(heard.millis(), hearingSinceMillis);
          if (!heard.beats() || heard.missed() || isDue(heard, from, heardUntilMillis)) {
            return heard;
          }
          silent.add(new Silent(hostname, heard.millis()));
          return new Heard(heard.millis(), heard.freqSeconds(), true, true);
        });
    return silent;
  }

  /** Whether a heartbeat may still be waited for, {@code fromMillis} on. */
  private static boolean isDue(Heard heard, long fromMillis, long nowMillis) {
    return nowMillis - fromMillis < heard.freqSeconds() * HEARTBEATS_MISSED * 1000;
  }

  /** The workers that live, in no order. */
  public List<String> alive(long nowMillis) {
    List<String> alive = new ArrayList<>();
    workers.forEach(
        (hostname, heard) -> {
          if (isDue(heard, heard.millis(), nowMillis)) {
            alive.add(hostname);
          }
        });
    return alive;
  }

  /** Whether {@code hostname} was heard here once and fell silent without a farewell. */
  public boolean isSilent(String hostname, long nowMillis) {
    Heard heard = workers.get(hostname);
    return heard != null && !isDue(heard, heard.millis(), nowMillis);
  }

  /** Whether {@code hostname} lives. */
  public boolean isAlive(String hostname, long nowMillis) {
    Heard heard = workers.get(hostname);
    return heard != null && isDue(heard, heard.millis(), nowMillis);
  }
}
