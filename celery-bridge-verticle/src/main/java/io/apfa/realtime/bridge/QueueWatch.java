package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Times;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the queues every two seconds: finds them, tells their depths when they change, and tells
 * the group of each waiting task once, since no event carries it. A queue seen once is read until
 * the bridge stops leading. Confined to its verticle's context.
 */
final class QueueWatch {
  private static final int MAX_QUEUES = 2000;
  private static final int MAX_REMEMBERED = 50_000;
  private static final int PEEKED = 200;

  /** Unchanged readings are told again this often, for an owner that lost them. */
  private static final long REPEAT_MILLIS = 30_000;

  private final QueueClient queues;
  private final Redactor redactor;
  private final Consumer<CeleryEvent> out;
  private final TreeSet<String> known = new TreeSet<>();
  private final Map<String, CeleryEvent.QueueReading> last = new TreeMap<>();
  private final Map<String, Boolean> grouped =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };
  private boolean reading;
  private long round;

  QueueWatch(QueueClient queues, Redactor redactor, Consumer<CeleryEvent> out) {
    this.queues = queues;
    this.redactor = redactor;
    this.out = out;
  }

  /** A task event named this queue. */
  void onQueueNamed(String queue) {
    if (known.size() < MAX_QUEUES) {
      known.add(queue);
    }
  }

  /** Forgets what was told, so that everything is told again. */
  void reset() {
    last.clear();
    grouped.clear();
  }

  /** Names of the queues known so far. */
  List<String> names() {
    return List.copyOf(known);
  }

  /** Reads once, unless the reading before is still on its way. */
  Future<Void> read(long nowMillis) {
    if (reading) {
      return Future.succeededFuture();
    }
    reading = true;
    boolean discovering = round++ % 5 == 0;
    return (discovering ? queues.discover() : Future.succeededFuture(java.util.Set.<String>of()))
        .compose(
            found -> {
              found.forEach(this::onQueueNamed);
              return queues.readDepths(known, nowMillis);
            })
        .compose(readings -> tell(readings, 0))
        .onComplete(done -> reading = false);
  }

  private Future<Void> tell(List<CeleryEvent.QueueReading> readings, int index) {
    if (index >= readings.size()) {
      return Future.succeededFuture();
    }
    CeleryEvent.QueueReading reading = readings.get(index);
    CeleryEvent.QueueReading before = last.get(reading.queue());
    if (before == null
        || before.depth() != reading.depth()
        || before.unacked() != reading.unacked()
        || reading.readMillis() - before.readMillis() >= REPEAT_MILLIS) {
      last.put(reading.queue(), reading);
      out.accept(reading);
    }
    if (reading.depth() <= 0 || !queues.isPeekingFree()) {
      return tell(readings, index + 1);
    }
    return queues
        .peek(reading.queue(), PEEKED)
        .compose(
            tasks -> {
              tasks.forEach(this::tellGroup);
              return tell(readings, index + 1);
            });
  }

  private void tellGroup(QueuedTask task) {
    if (task.groupId() != null && grouped.put(task.uuid(), Boolean.TRUE) == null) {
      out.accept(metaOf(task, redactor, null, Times.UNKNOWN_MILLIS));
    }
  }

  /** What a waiting message tells of its task. */
  static CeleryEvent.TaskMeta metaOf(
      QueuedTask task, Redactor redactor, @Nullable String status, long nowMillis) {
    String args = task.argsRepr();
    String kwargs = task.kwargsRepr();
    return new CeleryEvent.TaskMeta(
        task.uuid(),
        CeleryEvent.TaskMeta.Origin.QUEUE_MESSAGE,
        status,
        nowMillis,
        task.name(),
        args == null ? null : redactor.redact(args),
        kwargs == null ? null : redactor.redact(kwargs),
        null,
        task.queue(),
        task.rootId(),
        task.parentId(),
        task.groupId(),
        task.retries(),
        task.etaMillis(),
        null,
        null,
        null,
        null,
        null);
  }
}
