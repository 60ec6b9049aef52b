package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.TaskStates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which results the owner is told, as they are written: {@code update_state} and group
 * membership never reach the event stream and are told at once; an ending is told only when its
 * event has not come after a second, since the worker writes the result just before it sends the
 * event.
 *
 * <p>Bounded: past the bound an ending is told at once. Confined to its verticle's context.
 */
public final class MetaSupplement {
  private static final long WAIT_MILLIS = 1000;
  private static final int MAX_WAITING = 20_000;
  private static final int MAX_REMEMBERED = 20_000;

  private final Redactor redactor;
  private final Map<String, Waiting> waiting = new HashMap<>();
  private final Deque<Waiting> order = new ArrayDeque<>();

  /** Whether a result was ever heard: most applications keep none that is. */
  private boolean hearsResults;

  /** Tasks whose ending came as an event before the result did. */
  private final Map<String, Boolean> ended =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** An ending that waits for its event. Immutable. */
  private static final class Waiting {
    final CeleryEvent.TaskMeta meta;
    final long untilMillis;

    Waiting(CeleryEvent.TaskMeta meta, long untilMillis) {
      this.meta = meta;
      this.untilMillis = untilMillis;
    }
  }

  public MetaSupplement(Redactor redactor) {
    this.redactor = redactor;
  }

  /** What to tell at once of a result written now. */
  public List<CeleryEvent> onResult(ResultMeta result, long nowMillis) {
    hearsResults = true;
    CeleryEvent.TaskMeta meta =
        result.event(CeleryEvent.TaskMeta.Origin.RESULT_BACKEND, nowMillis, redactor);
    String status = result.status();
    List<CeleryEvent> told = new ArrayList<>(1);
    if (TaskStates.isCustom(status)) {
      told.add(meta);
    } else if (meta.groupId() != null) {
      told.add(withoutStatus(meta));
    }
    if (TaskStates.isReady(status) && ended.remove(meta.uuid()) == null) {
      if (waiting.size() >= MAX_WAITING) {
        told.add(meta);
      } else {
        Waiting entry = new Waiting(meta, nowMillis + WAIT_MILLIS);
        waiting.put(meta.uuid(), entry);
        order.add(entry);
      }
    }
    return told;
  }

  /** An event of a task came. */
  public void onEvent(CeleryEvent.TaskEvent event) {
    if (!hearsResults) {
      // the first results may then be told besides their events: they say the same
      return;
    }
    switch (event.type()) {
      case "task-succeeded", "task-failed", "task-revoked" -> {
        if (waiting.remove(event.uuid()) == null) {
          ended.put(event.uuid(), Boolean.TRUE);
        }
      }
      default -> {}
    }
  }

  /** The endings whose events did not come in time. */
  public List<CeleryEvent> tick(long nowMillis) {
    List<CeleryEvent> told = new ArrayList<>();
    for (Waiting first = order.peek();
        first != null && first.untilMillis <= nowMillis;
        first = order.peek()) {
      order.remove();
      @Nullable Waiting current = waiting.get(first.meta.uuid());
      if (current == first) {
        waiting.remove(first.meta.uuid());
        told.add(first.meta);
      }
    }
    return told;
  }

  private static CeleryEvent.TaskMeta withoutStatus(CeleryEvent.TaskMeta meta) {
    return new CeleryEvent.TaskMeta(
        meta.uuid(),
        meta.origin(),
        null,
        meta.timestampMillis(),
        meta.name(),
        null,
        null,
        null,
        meta.queue(),
        meta.rootId(),
        meta.parentId(),
        meta.groupId(),
        -1,
        meta.etaMillis(),
        null,
        null,
        null,
        null,
        null);
  }
}
