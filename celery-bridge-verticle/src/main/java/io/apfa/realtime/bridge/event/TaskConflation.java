package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Events held back while the owner is behind, with what later ones make worthless left out: of each
 * task the last event of each type, of each worker the last heartbeat. Past the bound the oldest
 * events leave, counted.
 *
 * <p>Events keep the order in which they came. Confined to its verticle's context.
 */
public final class TaskConflation {
  private final int maxEvents;
  private final Map<Key, CeleryEvent> events = new LinkedHashMap<>();
  private long conflated;
  private long dropped;

  private record Key(String subject, String type) {}

  /** Holds {@code maxEvents} at most. */
  public TaskConflation(int maxEvents) {
    this.maxEvents = maxEvents;
  }

  /** Adds the newest event. */
  public void add(CeleryEvent event) {
    Key key = keyOf(event);
    // to the end: a task that is retried is received again after that
    if (events.remove(key) != null) {
      conflated++;
    }
    events.put(key, event);
    if (events.size() > maxEvents) {
      Iterator<Map.Entry<Key, CeleryEvent>> oldest = events.entrySet().iterator();
      oldest.next();
      oldest.remove();
      dropped++;
    }
  }

  /** Takes at most {@code limit} of the oldest events. */
  public List<CeleryEvent> take(int limit) {
    List<CeleryEvent> taken = new ArrayList<>(Math.min(limit, events.size()));
    Iterator<Map.Entry<Key, CeleryEvent>> oldest = events.entrySet().iterator();
    while (oldest.hasNext() && taken.size() < limit) {
      taken.add(oldest.next().getValue());
      oldest.remove();
    }
    return taken;
  }

  /** Forgets everything. */
  public void clear() {
    events.clear();
    conflated = 0;
    dropped = 0;
  }

  public boolean isEmpty() {
    return events.isEmpty();
  }

  /** How many events later ones made worthless, since it was asked last. */
  public long takeConflated() {
    long count = conflated;
    conflated = 0;
    return count;
  }

  /** How many events left at the bound, since it was asked last. */
  public long takeDropped() {
    long count = dropped;
    dropped = 0;
    return count;
  }

  private static Key keyOf(CeleryEvent event) {
    return switch (event.kind()) {
      case TASK -> {
        CeleryEvent.TaskEvent task = (CeleryEvent.TaskEvent) event;
        yield new Key(task.uuid(), task.type());
      }
      case WORKER -> {
        CeleryEvent.WorkerEvent worker = (CeleryEvent.WorkerEvent) event;
        yield new Key(worker.hostname(), worker.type());
      }
      case TASK_META -> {
        CeleryEvent.TaskMeta meta = (CeleryEvent.TaskMeta) event;
        yield new Key(meta.uuid(), "meta/" + meta.origin());
      }
      case QUEUE_READING -> new Key(((CeleryEvent.QueueReading) event).queue(), "queue");
      case COMMAND_OUTCOME -> {
        var update = ((CeleryEvent.CommandOutcome) event).update();
        yield new Key(update.commandId(), "command/" + update.status());
      }
      case LOSS -> new Key(((CeleryEvent.Loss) event).gap().conflationKey(), "loss");
    };
  }
}
