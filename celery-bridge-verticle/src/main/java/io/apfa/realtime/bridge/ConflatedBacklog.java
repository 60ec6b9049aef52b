package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.bridge.event.TaskConflation;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Update;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of the events heard while the owner is behind by a whole ring: only what still
 * matters of each task. Confined to its verticle's context.
 */
final class ConflatedBacklog {
  private static final int MAX_EVENTS = 100_000;

  private final TaskConflation conflation = new TaskConflation(MAX_EVENTS);
  private boolean active;
  private long sinceMillis;
  private @Nullable HeardMessage last;
  private long deliveryTag;

  /** Whether events are kept here now. */
  boolean isActive() {
    return active;
  }

  /** Begins with what was heard at {@code heardMillis}. */
  void begin(long heardMillis) {
    active = true;
    sinceMillis = heardMillis;
    last = null;
    deliveryTag = 0;
  }

  /** When the first of what it was begun with was heard. */
  long sinceMillis() {
    return sinceMillis;
  }

  /** Adds what was decoded; returns how many events it made worthless. */
  long add(DecodeStage.Slice slice) {
    slice.events().forEach(conflation::add);
    last = slice.last() == null ? last : slice.last();
    deliveryTag = Math.max(deliveryTag, slice.deliveryTag());
    return conflation.takeConflated();
  }

  boolean isEmpty() {
    return conflation.isEmpty();
  }

  /** Takes at most {@code limit} of the oldest events. */
  List<CeleryEvent> take(int limit) {
    return conflation.take(limit);
  }

  /** The last message that was added; null when none was. */
  @Nullable HeardMessage last() {
    return last;
  }

  /** What to acknowledge once everything taken is done; 0 = nothing. */
  long deliveryTag() {
    return deliveryTag;
  }

  /** Forgets everything. */
  void clear() {
    conflation.clear();
    active = false;
    last = null;
  }

  /** Ends; returns how many events were dropped at its bound. */
  long end() {
    active = false;
    last = null;
    return conflation.takeDropped();
  }

  /** What the dropped events are told as. */
  CeleryEvent.Loss loss(long dropped, long nowMillis) {
    return new CeleryEvent.Loss(
        new Update.Gap(sinceMillis, nowMillis, null, List.of(), dropped, "the owner was behind"));
  }
}
