package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.CommandStatus;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One source under one epoch: what its owner knows, and what of it waits to be logged. Events are
 * merged; {@link #close} gives what waits its offsets; {@link #onLogged} makes it what queries see.
 *
 * <p>Bounds: {@link RoomBounds}. One flush is in the air at a time; what is merged meanwhile
 * conflates by task.
 *
 * <p>Confined to its verticle's context.
 */
public final class SourceRoom {
  static final int MAX_SHARED_TEXTS = 20_000;

  private final String epoch;
  private final RoomBounds bounds;
  private final Dictionary dictionary;
  private final MergeRules mergeRules;
  private final MetaRules metaRules;
  private final FeedGate gate;
  private final PendingRows pending = new PendingRows();
  final TaskTable table;
  final GroupBook groups = new GroupBook();
  final WorkerBook workers;
  final LatestBook<Update.QueueDepth> queues;
  final LatestBook<Update.CommandUpdate> commands;
  private long loggedOffset;
  private long mergedEvents;
  private long mergedTaskEvents;
  private long storedTaskEvents;

  SourceRoom(
      String epoch,
      long loggedOffset,
      FeedPosition feed,
      RoomBounds bounds,
      Dictionary dictionary) {
    this.epoch = epoch;
    this.dictionary = dictionary;
    this.mergeRules = new MergeRules(dictionary);
    this.metaRules = new MetaRules(dictionary);
    this.bounds = bounds;
    this.loggedOffset = loggedOffset;
    this.gate = new FeedGate(feed);
    this.table = new TaskTable(bounds.maxTasks(), bounds.maxTableBytes());
    this.workers = new WorkerBook(bounds.maxWorkers());
    this.queues = new LatestBook<>(bounds.maxQueues());
    this.commands = new LatestBook<>(bounds.maxCommands());
  }

  /** A source nobody knew anything of, at offset 0. */
  public static SourceRoom empty(String epoch, RoomBounds bounds) {
    return new SourceRoom(epoch, 0, FeedPosition.NONE, bounds, new Dictionary(MAX_SHARED_TEXTS));
  }

  /** What the owner does with a batch of events. */
  public enum Offer {
    /** Merged now or before: answered once it is stored. */
    WAIT,
    /** Stored before. */
    DONE,
    /** A newer bridge forwards. */
    FENCED,
    /** Too much is pending, or a batch before it is missing: to be sent again. */
    BUSY
  }

  /** Told of each task event that is merged. */
  public interface MergeListener {
    /**
     * A task's event was merged.
     *
     * @param name of the task, when its sent or received event was seen
     */
    void onTaskEvent(CeleryEvent.TaskEvent event, @Nullable String name);
  }

  /** As {@link #offer(FeedPosition, List, long, MergeListener)}; nobody is told. */
  public Offer offer(FeedPosition position, List<CeleryEvent> events, long nowNanos) {
    return offer(position, events, nowNanos, (event, name) -> {});
  }

  /** Takes a batch of events in, if it is its turn, and tells {@code listener} of each. */
  public Offer offer(
      FeedPosition position, List<CeleryEvent> events, long nowNanos, MergeListener listener) {
    return switch (gate.judge(position)) {
      case DONE -> Offer.DONE;
      case FENCED -> Offer.FENCED;
      case PENDING -> Offer.WAIT;
      case NOT_YET -> Offer.BUSY;
      case MERGE -> {
        if (pending.size() >= bounds.maxPendingRows()) {
          yield Offer.BUSY;
        }
        merge(events, nowNanos, listener);
        gate.onMerged(position);
        yield Offer.WAIT;
      }
    };
  }

  private void merge(List<CeleryEvent> events, long nowNanos, MergeListener listener) {
    long newestMillis = Long.MIN_VALUE;
    for (CeleryEvent event : events) {
      newestMillis = Math.max(newestMillis, receivedMillis(event));
    }
    for (CeleryEvent event : events) {
      long ageMillis = newestMillis - Math.max(receivedMillis(event), newestMillis - 3_600_000);
      long heardNanos = nowNanos - ageMillis * 1_000_000;
      mergedEvents++;
      switch (event.kind()) {
        case TASK -> {
          mergedTaskEvents++;
          CeleryEvent.TaskEvent task = (CeleryEvent.TaskEvent) event;
          listener.onTaskEvent(task, onTaskEvent(task, heardNanos).name());
        }
        case WORKER -> workers.onEvent((CeleryEvent.WorkerEvent) event, heardNanos);
        case TASK_META -> onTaskMeta((CeleryEvent.TaskMeta) event);
        case QUEUE_READING -> onQueueReading((CeleryEvent.QueueReading) event);
        case COMMAND_OUTCOME -> onCommand(((CeleryEvent.CommandOutcome) event).update());
        case LOSS -> pending.add(((CeleryEvent.Loss) event).gap());
      }
    }
  }

  private static long receivedMillis(CeleryEvent event) {
    return switch (event.kind()) {
      case TASK -> ((CeleryEvent.TaskEvent) event).receivedMillis();
      case WORKER -> ((CeleryEvent.WorkerEvent) event).receivedMillis();
      case TASK_META, QUEUE_READING, COMMAND_OUTCOME, LOSS -> Long.MIN_VALUE;
    };
  }

  private Row onTaskEvent(CeleryEvent.TaskEvent event, long heardNanos) {
    Row known = table.row(event.uuid());
    Row row = known == null ? table.add(mergeRules.begin(event)) : known;
    Task.Builder task = row.open();
    GroupBook.Member before = known == null ? null : GroupBook.Member.of(task);
    if (known == null || mergeRules.mergeInto(task, event)) {
      groups.onChange(before, GroupBook.Member.of(task), this::member);
      pending.touch(row);
      row.addTimeline(
          new TimelineEntry(
              dictionary.sharedText(event.type()),
              event.timestampMillis(),
              dictionary.sharedText(event.hostname())));
    } else {
      row.settle();
    }
    if (!event.type().equals("task-sent")) {
      workers.onTaskEvent(event.hostname(), heardNanos);
    }
    return row;
  }

  @SuppressWarnings("ReferenceEquality") // the rules return the same object for no change
  private void onTaskMeta(CeleryEvent.TaskMeta meta) {
    Row row = table.row(meta.uuid());
    Task current = row == null ? null : row.working();
    Task merged = metaRules.merge(current, meta);
    if (merged == null || merged == current) {
      return;
    }
    if (row == null) {
      row = table.add(merged.toBuilder());
    } else {
      row.setWorking(merged);
    }
    GroupBook.Member before = current == null ? null : GroupBook.Member.of(current);
    groups.onChange(before, GroupBook.Member.of(merged), this::member);
    pending.touch(row);
  }

  private GroupBook.@Nullable Member member(String uuid) {
    Row row = table.row(uuid);
    return row == null ? null : GroupBook.Member.of(row.working());
  }

  private void onQueueReading(CeleryEvent.QueueReading reading) {
    queues.put(
        reading.queue(),
        new Update.QueueDepth(reading.queue(), reading.depth(), reading.unacked()));
  }

  private void onCommand(Update.CommandUpdate update) {
    Update.CommandUpdate known = commands.value(update.commandId());
    if (known != null && known.status() != CommandStatus.ACCEPTED) {
      // it ended; a bridge that took over tells again what it cannot know was told
      return;
    }
    commands.put(update.commandId(), update);
    pending.add(update);
  }

  /** Lets time pass for what is due by it. */
  public void tick(long nowNanos) {
    workers.tick(nowNanos);
  }

  /** Whether {@link #close} would give anything. */
  public boolean hasWork() {
    return !pending.isEmpty()
        || groups.hasChanged()
        || !gate.merged().equals(gate.stored())
        || workers.hasChanged()
        || queues.hasChanged();
  }

  /**
   * Gives what waits its offsets. The flush before must be logged.
   *
   * @param batchSize most rows in a batch
   */
  public Flush close(long nowMillis, int batchSize) {
    List<PendingRows.Item> items = pending.take(bounds.maxRowsPerAppend());
    BatchAssembler assembler = new BatchAssembler(epoch, loggedOffset + 1, nowMillis, batchSize);
    for (PendingRows.Item item : items) {
      assembler.add(item);
    }
    boolean whole = pending.isEmpty();
    // With every append: an owner that loads takes the counters it finds as told.
    groups.takeChanged().forEach(assembler::add);
    List<Worker> changedWorkers = workers.takeChanged();
    List<Update.QueueDepth> changedQueues = queues.takeChanged();
    List<Update> latest = new ArrayList<>();
    changedWorkers.forEach(worker -> latest.add(new Update.WorkerUpdate(worker)));
    latest.addAll(changedQueues);
    FeedPosition feed = whole ? gate.merged() : gate.stored();
    List<StateStore.Entry> others = leaving();
    // goes with the feed position: what is merged again by a next owner is counted once
    long taskEvents = whole ? mergedTaskEvents : storedTaskEvents;
    if (taskEvents != storedTaskEvents) {
      others.add(Entries.ofTaskEvents(taskEvents));
    }
    return new Flush(
        epoch,
        loggedOffset + 1,
        assembler.batches(),
        assembler.changes(),
        new Flush.Extra(assembler.commands(), changedWorkers, changedQueues, others, taskEvents),
        feed,
        !feed.equals(gate.stored()),
        latest);
  }

  private List<StateStore.Entry> leaving() {
    List<StateStore.Entry> entries = new ArrayList<>();
    for (Row row : table.evict()) {
      entries.add(Entries.removed(Entries.TASK, row.uuid()));
      for (GroupBook.Gone gone : groups.onEvicted(row.working())) {
        entries.add(
            groups.has(gone.groupId())
                ? Entries.of(gone)
                : Entries.removed(Entries.GROUP, gone.groupId()));
      }
    }
    workers.takeLeft().forEach(id -> entries.add(Entries.removed(Entries.WORKER, id)));
    queues.takeLeft().forEach(id -> entries.add(Entries.removed(Entries.QUEUE, id)));
    commands.takeLeft().forEach(id -> entries.add(Entries.removed(Entries.COMMAND, id)));
    return entries;
  }

  /** Notes that {@code flush} is in the log: queries see it from now on. */
  public void onLogged(Flush flush) {
    for (Flush.Change change : flush.changes()) {
      table.showLogged(change.row, change.logged, change.entryBytes);
    }
    for (Batch batch : flush.batches()) {
      for (Update update : batch.updates()) {
        if (update.kind() == Update.Kind.BATCH_PROGRESS) {
          groups.onLogged((Update.BatchProgress) update);
        }
      }
    }
    loggedOffset = Math.max(loggedOffset, flush.offset());
    gate.onStored(flush.feed());
    storedTaskEvents = flush.taskEvents();
  }

  /** The epoch. */
  public String epoch() {
    return epoch;
  }

  /** Where the log ends. */
  public StreamPosition position() {
    return new StreamPosition(epoch, loggedOffset);
  }

  /** The feed position that is stored. */
  public FeedPosition storedFeed() {
    return gate.stored();
  }

  /** The feed position that is merged. */
  public FeedPosition mergedFeed() {
    return gate.merged();
  }

  /** Events merged since this owner has the room. */
  public long mergedEvents() {
    return mergedEvents;
  }

  /** Task events in the table and the log, of all owners the source had. */
  public long storedTaskEvents() {
    return storedTaskEvents;
  }

  /** Task events merged, stored or not, of all owners the source had. */
  long mergedTaskEvents() {
    return mergedTaskEvents;
  }

  void restoreTaskEvents(long count) {
    mergedTaskEvents = count;
    storedTaskEvents = count;
  }

  /** Changes of a task left out because a later one was logged instead. */
  public long conflated() {
    return pending.conflated();
  }

  /** Rows that wait to be logged. */
  public int pendingRows() {
    return pending.size();
  }

  /** Tasks in the table. */
  public int taskCount() {
    return table.size();
  }

  /** Answers about what is logged. */
  public RoomQueries queries() {
    return new RoomQueries(this);
  }

  /** Every latest value: workers, then queues. */
  public List<Update> latestValues() {
    List<Update> all = new ArrayList<>();
    workers.all().forEach(worker -> all.add(new Update.WorkerUpdate(worker)));
    all.addAll(queues.all());
    return all;
  }

  /** The last step of a command, or that there is none. */
  public BusMessage.CommandState command(String commandId) {
    return new BusMessage.CommandState(commands.value(commandId));
  }

  /** The updates that wait and are never conflated. */
  List<Update> pendingUpdates() {
    return pending.updates();
  }

  void addPending(Update update) {
    pending.add(update);
  }

  Dictionary dictionary() {
    return dictionary;
  }

  RoomBounds bounds() {
    return bounds;
  }
}
