package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatch;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A source's owner as a bridge sees it: it announces itself, appends each batch's feed position to
 * the state store and keeps the events. Confined to its own context; the events may be read
 * anywhere.
 */
final class OwnerTwin {
  final List<CeleryEvent> events = Collections.synchronizedList(new ArrayList<>());
  final List<FeedPosition> positions = new CopyOnWriteArrayList<>();

  /** Traces that batches carried. */
  final List<TraceContext> traces = new CopyOnWriteArrayList<>();

  volatile EventBatchReply.Status refusal;

  /** Batches it refused, repeated ones each time. */
  final AtomicInteger refusals = new AtomicInteger();

  volatile boolean silent;

  /** Batches that came while it was silent, and how many events they had; each once. */
  final Set<FeedPosition> unanswered = ConcurrentHashMap.newKeySet();

  final AtomicInteger unansweredEvents = new AtomicInteger();
  private volatile OwnerTwin beside;

  /** What it answers to queries; the oldest update first. */
  volatile List<Task> table = List.of();

  /** Pages it was asked for. */
  final AtomicInteger pages = new AtomicInteger();

  private final Node node;
  private final String source;
  private long token;
  private Future<EventBatchReply> appending = Future.succeededFuture();

  private OwnerTwin(Node node, String source) {
    this.node = node;
    this.source = source;
  }

  static OwnerTwin start(Vertx vertx, Node node, String source) {
    OwnerTwin owner = own(vertx, node, source);
    node.bus().respond(BusMessage.Kind.EVENT_BATCH, EventBatch.class, owner::onBatch);
    node.bus().respond(BusMessage.Kind.TASK_QUERY, BusMessage.Query.class, owner::onQuery);
    node.bus().respond(BusMessage.Kind.TASK_LOOKUP, BusMessage.TaskLookup.class, owner::onLookup);
    return owner;
  }

  /** The owner of a further source on the node of {@code first}. */
  static OwnerTwin startBeside(OwnerTwin first, Vertx vertx, String source) {
    first.beside = own(vertx, first.node, source);
    return first.beside;
  }

  private static OwnerTwin own(Vertx vertx, Node node, String source) {
    OwnerTwin owner = new OwnerTwin(node, source);
    StateStore store = node.store();
    owner.token =
        BridgeHarness.join(
                store.acquireLease("owner:" + source, "owner", java.time.Duration.ofHours(1)))
            .token();
    if (BridgeHarness.join(store.head(source)) == null) {
      BridgeHarness.join(store.startEpoch(source, owner.token, "e1", List.of(), FeedPosition.NONE));
    }
    Runnable announce =
        () ->
            node.bus()
                .announce(
                    new BusMessage.OwnerAnnouncement(source, node.id(), owner.token, "e1", 0));
    announce.run();
    vertx.setPeriodic(200, id -> announce.run());
    return owner;
  }

  private Future<BusMessage.Page> onQuery(BusMessage.Query query) {
    TaskQuery asked = query.query();
    if (asked.order() != TaskQuery.Order.OLDEST_FIRST) {
      return Future.failedFuture("the twin's table has the oldest first: " + asked);
    }
    pages.incrementAndGet();
    List<Task> found = table.stream().filter(t -> t.state().equals(asked.state())).toList();
    int from = asked.cursor() == null ? 0 : Integer.parseInt(asked.cursor());
    int to = Math.min(found.size(), from + asked.limit());
    return Future.succeededFuture(
        new BusMessage.Page(
            new TaskPage(
                new StreamPosition("e1", 0),
                found.size(),
                found.subList(from, to),
                to < found.size() ? Integer.toString(to) : null)));
  }

  private Future<BusMessage.TaskDetail> onLookup(BusMessage.TaskLookup lookup) {
    Task found =
        table.stream().filter(t -> t.uuid().equals(lookup.uuid())).findFirst().orElse(null);
    return Future.succeededFuture(
        new BusMessage.TaskDetail(new StreamPosition("e1", 0), found, List.of(), List.of()));
  }

  private Future<EventBatchReply> onBatch(EventBatch batch) {
    if (!batch.source().equals(source)) {
      return beside.onBatch(batch);
    }
    if (silent) {
      if (unanswered.add(batch.position())) {
        unansweredEvents.addAndGet(batch.events().size());
      }
      return Future.future(promise -> {});
    }
    EventBatchReply.Status refused = refusal;
    if (refused != null) {
      refusals.incrementAndGet();
      return Future.succeededFuture(new EventBatchReply(refused, FeedPosition.NONE));
    }
    // one after the other, as an owner merges them
    Future<EventBatchReply> reply = appending.transform(before -> append(batch));
    appending = reply;
    return reply;
  }

  private Future<EventBatchReply> append(EventBatch batch) {
    return node.store()
        .head(source)
        .compose(
            head -> {
              FeedPosition stored = head == null ? FeedPosition.NONE : head.feed();
              if (batch.position().leaseToken() < stored.leaseToken()) {
                return Future.succeededFuture(
                    new EventBatchReply(EventBatchReply.Status.FENCED, stored));
              }
              if (stored.covers(batch.position())) {
                return Future.succeededFuture(
                    new EventBatchReply(EventBatchReply.Status.DONE, stored));
              }
              return node.store()
                  .append(
                      new StateStore.Append(
                          source,
                          token,
                          "e1",
                          head.offset() + 1,
                          head.offset(),
                          Buffer.buffer(),
                          List.of(),
                          batch.position()))
                  .map(
                      answer -> {
                        if (answer == StateStore.AppendAnswer.APPENDED) {
                          events.addAll(batch.events());
                          positions.add(batch.position());
                          if (batch.trace() != null) {
                            traces.add(batch.trace());
                          }
                        }
                        return new EventBatchReply(statusOf(answer), batch.position());
                      });
            });
  }

  private static EventBatchReply.Status statusOf(StateStore.AppendAnswer answer) {
    return switch (answer) {
      case APPENDED, ALREADY_DONE -> EventBatchReply.Status.DONE;
      case FEED_FENCED -> EventBatchReply.Status.FENCED;
      default -> EventBatchReply.Status.BUSY;
    };
  }

  List<CeleryEvent.TaskEvent> tasks() {
    return only(CeleryEvent.TaskEvent.class);
  }

  <T extends CeleryEvent> List<T> only(Class<T> type) {
    List<T> found = new ArrayList<>();
    for (CeleryEvent event : List.copyOf(events)) {
      if (type.isInstance(event)) {
        found.add(type.cast(event));
      }
    }
    return found;
  }

  boolean hasTask(Predicate<CeleryEvent.TaskEvent> wanted) {
    return tasks().stream().anyMatch(wanted);
  }

  boolean hasTask(String uuid, String type) {
    return hasTask(task -> task.uuid().equals(uuid) && task.type().equals(type));
  }

  /** The last step of a command; null when none came. */
  Update.CommandUpdate command(String commandId) {
    Update.CommandUpdate last = null;
    for (CeleryEvent.CommandOutcome outcome : only(CeleryEvent.CommandOutcome.class)) {
      if (outcome.update().commandId().equals(commandId)) {
        last = outcome.update();
      }
    }
    return last;
  }

  boolean hasEnded(String commandId) {
    Update.CommandUpdate last = command(commandId);
    return last != null && last.status() != CommandStatus.ACCEPTED;
  }
}
