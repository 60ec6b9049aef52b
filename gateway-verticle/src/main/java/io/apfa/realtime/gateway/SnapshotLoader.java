package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.session.Format;
import io.apfa.realtime.gateway.session.Frame;
import io.apfa.realtime.gateway.session.Snapshot;
import io.apfa.realtime.gateway.session.SnapshotWish;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Room;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes snapshots of rooms from the owner's task table: page by page, all at the first page's
 * position, then encoded off the event loop. One is shared by everyone who asks for the same within
 * a second.
 *
 * <p>Confined to its verticle's context.
 */
final class SnapshotLoader {
  /** How long a snapshot is shared. */
  static final long SHARED_NANOS = 1_000_000_000L;

  /** Tasks in one part, at most. */
  static final int PART_TASKS = 1000;

  /** Characters of text in one part, about; the contract's bound is 256 KB. */
  static final int PART_CHARS = 200_000;

  private final Vertx vertx;
  private final Node node;
  private final SourceClient client;
  private final Map<Key, Shared> shared = new HashMap<>();

  private record Key(Room room, SnapshotWish wish, Format format) {}

  private record Shared(Future<Snapshot> snapshot, long startedNanos) {}

  private record Tasks(StreamPosition position, List<Task> tasks) {}

  SnapshotLoader(Vertx vertx, Node node, SourceClient client) {
    this.vertx = vertx;
    this.node = node;
    this.client = client;
  }

  Future<Snapshot> load(Room room, SnapshotWish wish, Format format) {
    long now = node.ticker().nanos();
    shared
        .values()
        .removeIf(old -> old.snapshot().isComplete() && now - old.startedNanos() > SHARED_NANOS);
    Key key = new Key(room, wish, format);
    Shared known = shared.get(key);
    if (known != null) {
      return known.snapshot();
    }
    Future<Snapshot> made =
        tasksOf(room, wish)
            .compose(tasks -> encode(room, tasks, format))
            .onFailure(failure -> shared.remove(key));
    shared.put(key, new Shared(made, now));
    return made;
  }

  private Future<Tasks> tasksOf(Room room, SnapshotWish wish) {
    String source = room.source();
    return switch (room.kind()) {
      case TASKS -> pages(source, null, wish.limit(), null, null, new ArrayList<>());
      case QUEUE -> pages(source, room.key(), wish.limit(), null, null, new ArrayList<>());
      case TASK ->
          client
              .askOwner(
                  source,
                  new BusMessage.TaskLookup(source, room.key()),
                  BusMessage.TaskDetail.class)
              .map(
                  detail ->
                      new Tasks(
                          detail.position(),
                          detail.task() == null ? List.of() : List.of(detail.task())));
      case GROUP ->
          client
              .askOwner(
                  source,
                  new BusMessage.GroupQuery(source, room.key()),
                  BusMessage.GroupDetail.class)
              .map(detail -> new Tasks(detail.position(), latest(detail.tasks(), wish.limit())));
      case QUEUES, WORKERS, COMMANDS ->
          client
              .askOwner(
                  source, new BusMessage.Query(query(source, null, 1, null)), BusMessage.Page.class)
              .map(page -> new Tasks(page.page().position(), List.of()));
    };
  }

  private Future<Tasks> pages(
      String source,
      @Nullable String queue,
      int limit,
      @Nullable StreamPosition position,
      @Nullable String cursor,
      List<Task> tasks) {
    int pageSize = Math.min(TaskQuery.MAX_LIMIT, limit - tasks.size());
    return client
        .askOwner(
            source,
            new BusMessage.Query(query(source, queue, pageSize, cursor)),
            BusMessage.Page.class)
        .compose(
            answer -> {
              TaskPage page = answer.page();
              StreamPosition first = position == null ? page.position() : position;
              tasks.addAll(page.tasks());
              String next = page.next();
              return next == null || tasks.size() >= limit
                  ? Future.succeededFuture(new Tasks(first, tasks))
                  : pages(source, queue, limit, first, next, tasks);
            });
  }

  private static TaskQuery query(
      String source, @Nullable String queue, int limit, @Nullable String cursor) {
    return new TaskQuery(source, null, null, null, queue, null, limit, cursor);
  }

  private static List<Task> latest(List<Task> tasks, int limit) {
    return tasks.size() <= limit ? tasks : tasks.subList(tasks.size() - limit, tasks.size());
  }

  private Future<Snapshot> encode(Room room, Tasks tasks, Format format) {
    int threshold = node.limits().get().getInt(LimitKey.BATCH_COMPRESSION_THRESHOLD_BYTES);
    if (tasks.tasks().size() <= 50) {
      return Future.succeededFuture(encodeNow(room, tasks, format, threshold));
    }
    return vertx.executeBlocking(() -> encodeNow(room, tasks, format, threshold), false);
  }

  private static Snapshot encodeNow(Room room, Tasks tasks, Format format, int threshold) {
    List<List<Task>> parts = split(tasks.tasks());
    List<Frame> frames = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      frames.add(
          format.encodeSnapshot(
              room.name(), tasks.position(), i + 1, parts.size(), parts.get(i), threshold));
    }
    return new Snapshot(tasks.position(), frames);
  }

  private static List<List<Task>> split(List<Task> tasks) {
    List<List<Task>> parts = new ArrayList<>();
    List<Task> part = new ArrayList<>();
    int chars = 0;
    for (Task task : tasks) {
      int more = charsOf(task);
      if (part.size() == PART_TASKS || (chars + more > PART_CHARS && !part.isEmpty())) {
        parts.add(part);
        part = new ArrayList<>();
        chars = 0;
      }
      part.add(task);
      chars += more;
    }
    if (!part.isEmpty() || parts.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  private static int charsOf(Task task) {
    return 500
        + length(task.args())
        + length(task.kwargs())
        + length(task.result())
        + length(task.exception())
        + length(task.traceback())
        + length(task.progress());
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }
}
