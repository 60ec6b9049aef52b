package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.Bus;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A small owner of the source {@code celery} on a real bus: it keeps a table and a log, and answers
 * a gateway as a broadcaster does. It can lose bus messages and begin a new epoch on purpose.
 *
 * <p>Thread-safe: its methods are synchronized.
 */
final class TestOwner {
  static final String SOURCE = "celery";

  private final Bus bus;
  private final TestStore store;
  private final Map<String, Task> table = new LinkedHashMap<>();
  private final Map<String, Update> latest = new LinkedHashMap<>();
  private final Map<String, Update.CommandUpdate> commands = new ConcurrentHashMap<>();
  private final Set<NodeId> audience = ConcurrentHashMap.newKeySet();
  private String epoch = "e1";
  private long token = 1;
  private long head;
  private long latestVersion;
  private int interests;
  private boolean losing;
  private List<TraceContext> traces = List.of();

  TestOwner(Bus bus, TestStore store) {
    this.bus = bus;
    this.store = store;
    bus.respond(BusMessage.Kind.INTEREST, BusMessage.Interest.class, this::onInterest);
    bus.respond(BusMessage.Kind.TASK_QUERY, BusMessage.Query.class, this::onQuery);
    bus.respond(BusMessage.Kind.TASK_LOOKUP, BusMessage.TaskLookup.class, this::onLookup);
    bus.respond(
        BusMessage.Kind.LATEST_QUERY,
        BusMessage.LatestQuery.class,
        query -> Future.succeededFuture(latestValues()));
    bus.respond(BusMessage.Kind.GROUP_QUERY, BusMessage.GroupQuery.class, this::onGroup);
    bus.respond(
        BusMessage.Kind.COMMAND_QUERY,
        BusMessage.CommandQuery.class,
        query ->
            Future.succeededFuture(new BusMessage.CommandState(commands.get(query.commandId()))));
    announce();
  }

  void announce() {
    bus.announce(new BusMessage.OwnerAnnouncement(SOURCE, bus.self(), token, epoch, head));
  }

  synchronized int interests() {
    return interests;
  }

  synchronized String position() {
    return epoch + ":" + head;
  }

  synchronized long head() {
    return head;
  }

  /** Bus messages to gateways are lost from now on, or no longer. */
  synchronized void loseMessages(boolean lose) {
    losing = lose;
  }

  /** Publications carry these traces from now on. */
  synchronized void trace(TraceContext... contexts) {
    traces = List.of(contexts);
  }

  /** A new epoch at offset 0. */
  synchronized void restart(String newEpoch) {
    epoch = newEpoch;
    token++;
    head = 0;
    store.clear();
    announce();
  }

  /** Logs {@code tasks} as one batch and sends it. */
  synchronized void publish(Task... tasks) {
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < tasks.length; i++) {
      Task task = tasks[i].withOffset(head + 1 + i);
      table.remove(task.uuid());
      table.put(task.uuid(), task);
      updates.add(new Update.TaskUpdate(task));
    }
    publishUpdates(updates);
  }

  /** Logs {@code updates} as one batch and sends it. */
  synchronized void publishUpdates(List<Update> updates) {
    for (Update update : updates) {
      if (update instanceof Update.CommandUpdate command) {
        commands.put(command.commandId(), command);
      }
    }
    Batch batch =
        new Batch(epoch, head + 1, head + updates.size(), false, 1_795_555_000_123L, updates);
    Buffer payload = LogCodec.encode(batch);
    store.append(epoch, batch.from(), batch.offset(), payload);
    head = batch.offset();
    if (!losing) {
      for (NodeId node : audience) {
        bus.send(
            node,
            new BusMessage.Publication(
                SOURCE, token, epoch, batch.from(), batch.offset(), payload, traces));
      }
    }
  }

  synchronized void publishLatest(Update... updates) {
    latestVersion++;
    for (Update update : updates) {
      latest.put(update.kind() + update.conflationKey(), update);
    }
    if (!losing) {
      for (NodeId node : audience) {
        bus.send(
            node,
            new BusMessage.LatestValues(SOURCE, token, latestVersion, false, List.of(updates)));
      }
    }
  }

  private synchronized BusMessage.LatestValues latestValues() {
    return new BusMessage.LatestValues(
        SOURCE, token, latestVersion, true, List.copyOf(latest.values()));
  }

  private synchronized Future<BusMessage> onInterest(BusMessage.Interest interest) {
    interests++;
    if (interest.wanted()) {
      audience.add(interest.node());
    } else {
      audience.remove(interest.node());
    }
    return Future.succeededFuture(
        new BusMessage.InterestReply(SOURCE, true, token, epoch, head, latestVersion));
  }

  private synchronized Future<BusMessage> onQuery(BusMessage.Query question) {
    TaskQuery query = question.query();
    List<Task> found =
        table.values().stream()
            .filter(task -> query.state() == null || query.state().equals(task.state()))
            .filter(task -> query.queue() == null || query.queue().equals(task.queue()))
            .sorted(Comparator.comparingLong(Task::offset).reversed())
            .toList();
    int start = query.cursor() == null ? 0 : Integer.parseInt(query.cursor());
    int end = Math.min(found.size(), start + query.limit());
    String next = end < found.size() ? Integer.toString(end) : null;
    return Future.succeededFuture(
        new BusMessage.Page(
            new TaskPage(
                new StreamPosition(epoch, head), found.size(), found.subList(start, end), next)));
  }

  private synchronized Future<BusMessage> onLookup(BusMessage.TaskLookup lookup) {
    return Future.succeededFuture(
        new BusMessage.TaskDetail(
            new StreamPosition(epoch, head),
            table.get(lookup.uuid()),
            List.of(new TimelineEntry("task-sent", 1_795_555_000_000L, "gen1@host")),
            List.of()));
  }

  private synchronized Future<BusMessage> onGroup(BusMessage.GroupQuery query) {
    List<Task> members =
        table.values().stream().filter(task -> query.groupId().equals(task.groupId())).toList();
    return Future.succeededFuture(
        new BusMessage.GroupDetail(
            new StreamPosition(epoch, head),
            members.isEmpty()
                ? null
                : new Update.BatchProgress(query.groupId(), members.size(), 0, 0, 0, 0),
            members));
  }
}
