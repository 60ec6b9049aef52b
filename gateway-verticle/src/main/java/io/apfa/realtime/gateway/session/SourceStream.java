package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One source's stream as this gateway has it: in order, once, without holes. The bus may lose,
 * repeat and delay; what is missing is asked for from the log.
 *
 * <p>Bounds: {@value #RECENT_BYTES} bytes of recent batches (as logged) and {@link #RECENT_NANOS};
 * while a hole is open, {@value #HELD_BATCHES} batches wait, and what comes above that is dropped
 * and pulled too.
 *
 * <p>Confined to its verticle's context.
 */
final class SourceStream {
  static final long RECENT_BYTES = 16L * 1024 * 1024;
  static final long RECENT_NANOS = 60_000_000_000L;
  static final int HELD_BATCHES = 256;

  private final Deque<Segment> recent = new ArrayDeque<>();
  private final TreeMap<Long, BusMessage.Publication> held = new TreeMap<>();
  private boolean known;
  private long token = Long.MIN_VALUE;
  private String epoch = "";
  private long head;
  private long floor;
  private long announcedHead;
  private long recentBytes;
  private long closedMillis;
  private long keepUntilNanos = Long.MIN_VALUE;

  /**
   * What an input did to the stream.
   *
   * @param news segments that now follow the head, in order
   * @param restarted whether the stream began here: the first time, in a new epoch, or after a hole
   *     older than the log
   */
  record Advance(List<Segment> news, boolean restarted) {
    static final Advance NOTHING = new Advance(List.of(), false);
  }

  /** Whether the owner has ever said where the stream is. */
  boolean isKnown() {
    return known;
  }

  String epoch() {
    return epoch;
  }

  /** The last offset that is here, with everything before it. */
  long head() {
    return head;
  }

  /** The last offset that is known to exist. */
  long announcedHead() {
    return Math.max(head, announcedHead);
  }

  /** What follows this offset is in {@link #recent}. */
  long floor() {
    return floor;
  }

  long token() {
    return token;
  }

  /** When the last batch that is here closed, in epoch milliseconds; 0 when there was none. */
  long closedMillis() {
    return closedMillis;
  }

  Deque<Segment> recent() {
    return recent;
  }

  /** Whether offsets after the head are known to exist: they must be pulled from the log. */
  boolean isBehind() {
    return known && (announcedHead > head || !held.isEmpty());
  }

  /** The owner says where the stream is. */
  Advance onHead(long newToken, String newEpoch, long newHead, long nowNanos) {
    if (newToken < token) {
      return Advance.NOTHING;
    }
    token = newToken;
    if (!known) {
      known = true;
      return new Advance(restartAt(newEpoch, newHead, nowNanos), true);
    }
    if (!newEpoch.equals(epoch)) {
      return new Advance(restartAt(newEpoch, newHead, nowNanos), true);
    }
    announcedHead = Math.max(announcedHead, newHead);
    return Advance.NOTHING;
  }

  /** A batch came over the bus. */
  Advance onPublication(BusMessage.Publication publication, long nowNanos) {
    if (publication.token() < token) {
      return Advance.NOTHING;
    }
    if (!known) {
      hold(publication);
      return Advance.NOTHING;
    }
    token = publication.token();
    if (!publication.epoch().equals(epoch)) {
      List<Segment> none = restartAt(publication.epoch(), publication.from() - 1, nowNanos);
      List<Segment> news = new ArrayList<>(none);
      hold(publication);
      news.addAll(takeHeld(nowNanos));
      return new Advance(news, true);
    }
    if (publication.offset() <= head) {
      return Advance.NOTHING;
    }
    announcedHead = Math.max(announcedHead, publication.offset());
    hold(publication);
    return new Advance(takeHeld(nowNanos), false);
  }

  /** The log was read from {@code head + 1}. */
  Advance onPulled(String ofEpoch, StateStore.LogPage page, long nowNanos) {
    if (!ofEpoch.equals(epoch)) {
      return Advance.NOTHING;
    }
    if (!page.available()) {
      long newHead = held.isEmpty() ? Math.max(announcedHead, page.head()) : held.firstKey() - 1;
      return new Advance(restartAt(epoch, Math.max(head, newHead), nowNanos), true);
    }
    List<Segment> news = new ArrayList<>();
    for (StateStore.LoggedBatch logged : page.batches()) {
      if (logged.from() <= head + 1 && logged.offset() > head) {
        news.add(append(LogCodec.decode(logged.payload()), logged.payload().length(), nowNanos));
      }
    }
    if (news.isEmpty() && page.head() <= head) {
      // The log ends where we are: whatever was announced beyond it does not exist (yet).
      announcedHead = Math.max(head, held.isEmpty() ? head : held.lastEntry().getValue().offset());
    }
    news.addAll(takeHeld(nowNanos));
    return new Advance(news, false);
  }

  /** Batches from before the floor, which were read for someone who recovers. */
  void onReadBack(List<Segment> older, long nowNanos) {
    for (int i = older.size() - 1; i >= 0; i--) {
      Segment segment = older.get(i);
      if (segment.offset() == floor) {
        recent.addFirst(segment);
        recentBytes += segment.logBytes();
        floor = segment.from() - 1;
      }
    }
    keepUntilNanos = nowNanos + RECENT_NANOS / 2;
  }

  /** Bytes of recent batches, as logged. */
  long recentBytes() {
    return recentBytes;
  }

  /** Lets go of what is old or too much. */
  void trim(long nowNanos) {
    while (!recent.isEmpty()) {
      Segment oldest = recent.getFirst();
      boolean old = nowNanos - oldest.arrivedNanos() > RECENT_NANOS && nowNanos > keepUntilNanos;
      boolean tooMuch = recentBytes > (nowNanos < keepUntilNanos ? 2 * RECENT_BYTES : RECENT_BYTES);
      if (!old && !tooMuch) {
        return;
      }
      recent.removeFirst();
      recentBytes -= oldest.logBytes();
      floor = oldest.offset();
    }
  }

  private List<Segment> restartAt(String newEpoch, long newHead, long nowNanos) {
    if (!newEpoch.equals(epoch)) {
      held.values().removeIf(publication -> !publication.epoch().equals(newEpoch));
    }
    epoch = newEpoch;
    head = newHead;
    floor = newHead;
    announcedHead = newHead;
    recent.clear();
    recentBytes = 0;
    return takeHeld(nowNanos);
  }

  private void hold(BusMessage.Publication publication) {
    if (held.size() < HELD_BATCHES || publication.from() == head + 1) {
      held.put(publication.from(), publication);
    }
  }

  private List<Segment> takeHeld(long nowNanos) {
    List<Segment> news = new ArrayList<>();
    while (!held.isEmpty()) {
      Map.Entry<Long, BusMessage.Publication> first = held.firstEntry();
      BusMessage.Publication publication = first.getValue();
      if (!publication.epoch().equals(epoch) || publication.offset() <= head) {
        held.remove(first.getKey());
      } else if (publication.from() <= head + 1) {
        held.remove(first.getKey());
        news.add(
            append(
                LogCodec.decode(publication.payload()), publication.payload().length(), nowNanos));
      } else {
        announcedHead = Math.max(announcedHead, publication.offset());
        break;
      }
    }
    return news;
  }

  private Segment append(Batch batch, int logBytes, long nowNanos) {
    Segment segment = Segment.ofBatch(batch, nowNanos, logBytes);
    if (batch.from() <= head) {
      List<Segment.Row> newer = segment.rows().stream().filter(row -> row.offset() > head).toList();
      segment = segment.withRows(head + 1, newer);
    }
    recent.addLast(segment);
    recentBytes += logBytes;
    head = batch.offset();
    closedMillis = batch.closedMillis();
    announcedHead = Math.max(announcedHead, head);
    return segment;
  }
}
