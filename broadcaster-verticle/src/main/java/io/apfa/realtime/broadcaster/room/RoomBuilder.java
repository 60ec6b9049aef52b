package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.BusCodec;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore.Entry;
import io.vertx.core.buffer.Buffer;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds a room from what the store has, or from another room for a new epoch.
 *
 * <p>Confined to its verticle's context.
 */
public final class RoomBuilder {
  private final RoomBounds bounds;
  private final Dictionary dictionary;
  private final Map<String, Loaded> tasks = new LinkedHashMap<>();
  private final Map<String, GroupBook.Gone> gone = new LinkedHashMap<>();
  private final Map<String, Update.CommandUpdate> commands = new LinkedHashMap<>();
  private final Map<String, Worker> workers = new LinkedHashMap<>();
  private final Map<String, Update.QueueDepth> queues = new LinkedHashMap<>();
  private final List<Update> pending = new ArrayList<>();
  private long taskEvents;

  private static final Comparator<Loaded> OLDEST_FIRST =
      (one, other) -> {
        int order = Long.compare(one.order, other.order);
        return order != 0 ? order : one.task.uuid().compareTo(other.task.uuid());
      };

  private record Loaded(Task task, long order, List<TimelineEntry> timeline, int entryBytes) {
    Loaded(Task task, List<TimelineEntry> timeline, int entryBytes) {
      this(task, UpdateOrder.keyOf(task), timeline, entryBytes);
    }
  }

  public RoomBuilder(RoomBounds bounds) {
    this(bounds, new Dictionary(SourceRoom.MAX_SHARED_TEXTS));
  }

  private RoomBuilder(RoomBounds bounds, Dictionary dictionary) {
    this.bounds = bounds;
    this.dictionary = dictionary;
  }

  /** A builder that starts from what {@code room} holds, merged and not logged included. */
  public static RoomBuilder from(SourceRoom room) {
    RoomBuilder builder = new RoomBuilder(room.bounds(), room.dictionary());
    for (Row row : room.table.rows()) {
      Task task = row.working().withOffset(0);
      builder.tasks.put(row.uuid(), new Loaded(task, row.timeline(), row.storedBytes()));
    }
    room.groups.gone().forEach(each -> builder.gone.put(each.groupId(), each));
    room.commands.all().forEach(each -> builder.commands.put(each.commandId(), each));
    room.workers.all().forEach(each -> builder.workers.put(each.hostname(), each));
    room.queues.all().forEach(each -> builder.queues.put(each.queue(), each));
    builder.pending.addAll(room.pendingUpdates());
    builder.taskEvents = room.mergedTaskEvents();
    return builder;
  }

  /** Adds to {@code keys} those of the task entries that a logged batch changed. */
  public static void addChangedKeys(Batch batch, Set<String> keys) {
    for (Update update : batch.updates()) {
      if (update.kind() == Update.Kind.TASK_UPDATE) {
        keys.add(Entries.TASK + ((Update.TaskUpdate) update).task().uuid());
      }
    }
  }

  /** Tasks added so far. */
  public int taskCount() {
    return tasks.size();
  }

  /** Whether it has so many tasks more than the table may have that most must have left it. */
  public boolean isOverBound() {
    return tasks.size() > bounds.maxTasks() + bounds.maxTasks() / 4;
  }

  /**
   * Forgets tasks that are not among {@code keys}, and everything but tasks.
   *
   * @return those of the keys that are to be added (again)
   */
  public List<String> retain(List<String> keys) {
    Set<String> present = new HashSet<>(keys.size() * 4 / 3 + 1);
    List<String> missing = new ArrayList<>();
    for (String key : keys) {
      boolean task = key.startsWith(Entries.TASK);
      String uuid = task ? key.substring(Entries.TASK.length()) : "";
      if (task && tasks.containsKey(uuid)) {
        present.add(uuid);
      } else {
        missing.add(key);
      }
    }
    tasks.keySet().retainAll(present);
    gone.clear();
    commands.clear();
    workers.clear();
    queues.clear();
    return missing;
  }

  /**
   * Adds an entry as the store has it, or removes a task's when the store has it no more; kinds it
   * does not know are left to newer nodes.
   *
   * @throws IllegalArgumentException when its bytes are not what its key says
   */
  public void add(Entry entry) {
    Buffer value = entry.value();
    String key = entry.key();
    if (value == null) {
      if (key.startsWith(Entries.TASK)) {
        tasks.remove(key.substring(Entries.TASK.length()));
      }
      return;
    }
    if (key.startsWith(Entries.TASK)) {
      String uuid = key.substring(Entries.TASK.length());
      RowCodec.StoredTask stored = RowCodec.decode(uuid, value, dictionary);
      int bytes = key.length() + value.length();
      tasks.put(uuid, new Loaded(stored.task(), stored.timeline(), bytes));
    } else if (key.startsWith(Entries.GROUP)) {
      GroupBook.Gone each = BusCodec.decodeRecord(GroupBook.Gone.class, value);
      gone.put(each.groupId(), each);
    } else if (key.startsWith(Entries.COMMAND)) {
      Update.CommandUpdate each = BusCodec.decodeRecord(Update.CommandUpdate.class, value);
      commands.put(each.commandId(), each);
    } else if (key.startsWith(Entries.WORKER)) {
      Worker each = BusCodec.decodeRecord(Worker.class, value);
      workers.put(each.hostname(), each);
    } else if (key.startsWith(Entries.QUEUE)) {
      Update.QueueDepth each = BusCodec.decodeRecord(Update.QueueDepth.class, value);
      queues.put(each.queue(), each);
    } else if (key.equals(Entries.TASK_EVENTS)) {
      taskEvents = Long.parseLong(value.toString());
    }
  }

  /** Adds an update that still waits to be logged. */
  public void addPending(Update update) {
    pending.add(update);
  }

  /** The room, at {@code offset} of {@code epoch}. */
  public SourceRoom build(String epoch, long offset, FeedPosition feed, long nowNanos) {
    SourceRoom room = new SourceRoom(epoch, offset, feed, bounds, dictionary);
    room.table.expect(tasks.size());
    room.restoreTaskEvents(taskEvents);
    List<Loaded> oldestFirst = new ArrayList<>(tasks.values());
    oldestFirst.sort(OLDEST_FIRST);
    for (Loaded loaded : oldestFirst) {
      Task task = loaded.task();
      Row row = room.table.addLogged(task);
      row.setTimeline(loaded.timeline());
      room.table.showLogged(row, task, loaded.entryBytes());
    }
    room.groups.load(room.table.rows().stream().map(Row::working).toList());
    gone.values().forEach(room.groups::restore);
    room.groups.takeAllAsLogged();
    workers.values().forEach(worker -> room.workers.restore(worker, nowNanos));
    queues.forEach(room.queues::put);
    commands.forEach(room.commands::put);
    room.queues.takeChanged();
    room.commands.takeChanged();
    pending.forEach(room::addPending);
    return room;
  }

  /**
   * Every entry of a room's table, each encoded when it is read: a new epoch writes them all. The
   * room must not change while they are read.
   */
  public static List<Entry> allEntries(SourceRoom room) {
    List<Entry> small = new ArrayList<>();
    room.groups.gone().forEach(each -> small.add(Entries.of(each)));
    room.commands.all().forEach(each -> small.add(Entries.of(each)));
    room.workers.all().forEach(each -> small.add(Entries.of(each)));
    room.queues.all().forEach(each -> small.add(Entries.of(each)));
    small.add(Entries.ofTaskEvents(room.storedTaskEvents()));
    Row[] rows = room.table.rows().toArray(new Row[0]);
    return new AbstractList<>() {
      @Override
      public Entry get(int index) {
        if (index < small.size()) {
          return small.get(index);
        }
        Row row = rows[index - small.size()];
        return Entries.of(row.working(), row.timeline(), new PackedWriter());
      }

      @Override
      public int size() {
        return small.size() + rows.length;
      }
    };
  }
}
