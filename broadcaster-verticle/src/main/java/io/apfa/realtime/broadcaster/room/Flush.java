package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.protocol.bus.LogCodec;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What one flush logs and sends: the rows with their offsets, in batches; the table entries that
 * change with them; the feed position after them; and the latest values that changed meanwhile.
 *
 * <p>Immutable, but for the entries' sizes that {@link #encode} notes; it may run on any thread.
 */
public final class Flush {
  /** Rows of a flush from which on its batches are logged as they are: gzip is for quiet times. */
  private static final int PLAIN_FROM_ROWS = 500;

  private final String epoch;
  private final long from;
  private final List<Batch> batches;
  private final List<Change> changes;
  private final Extra extra;
  private final FeedPosition feed;
  private final boolean feedAdvanced;
  private final List<Update> latest;

  /** A task's row that this flush logs. */
  static final class Change {
    final Row row;
    final Task logged;
    final List<TimelineEntry> timeline;
    int entryBytes;

    Change(Row row, Task logged) {
      this.row = row;
      this.logged = logged;
      this.timeline = row.timeline();
    }
  }

  /** Entries besides the tasks', and the task events stored once they are. */
  record Extra(
      List<Update.CommandUpdate> commands,
      List<Worker> workers,
      List<Update.QueueDepth> queues,
      List<StateStore.Entry> others,
      long taskEvents) {}

  Flush(
      String epoch,
      long from,
      List<Batch> batches,
      List<Change> changes,
      Extra extra,
      FeedPosition feed,
      boolean feedAdvanced,
      List<Update> latest) {
    this.epoch = epoch;
    this.from = from;
    this.batches = List.copyOf(batches);
    this.changes = List.copyOf(changes);
    this.extra = extra;
    this.feed = feed;
    this.feedAdvanced = feedAdvanced;
    this.latest = List.copyOf(latest);
  }

  /** Whether there is anything to append; if not, only latest values changed. */
  public boolean isAppended() {
    return !batches.isEmpty() || feedAdvanced;
  }

  /** Rows it logs. */
  public int rowCount() {
    return (int) (offset() - from + 1);
  }

  /** First offset. */
  public long from() {
    return from;
  }

  /** Last offset; {@code from - 1} when it has no rows. */
  public long offset() {
    return batches.isEmpty() ? from - 1 : batches.get(batches.size() - 1).offset();
  }

  /** The batches, as they will be logged. */
  public List<Batch> batches() {
    return batches;
  }

  /** The feed position once it is appended. */
  public FeedPosition feed() {
    return feed;
  }

  /** Queue depths and workers that changed, to be sent after the append. */
  public List<Update> latest() {
    return latest;
  }

  long taskEvents() {
    return extra.taskEvents();
  }

  List<Change> changes() {
    return changes;
  }

  List<Update.CommandUpdate> commands() {
    return extra.commands();
  }

  /** The bytes to append; the same for the same flush and token. */
  public StateStore.Append encode(String source, long token) {
    List<StateStore.LoggedBatch> logged = new ArrayList<>(batches.size());
    boolean plain = rowCount() >= PLAIN_FROM_ROWS;
    for (Batch batch : batches) {
      Buffer payload = plain ? LogCodec.encodePlain(batch) : LogCodec.encode(batch);
      logged.add(new StateStore.LoggedBatch(batch.from(), batch.offset(), payload));
    }
    List<StateStore.Entry> entries = new ArrayList<>(changes.size() + extra.others().size());
    PackedWriter out = new PackedWriter();
    for (Change change : changes) {
      StateStore.Entry entry = Entries.of(change.logged, change.timeline, out);
      change.entryBytes =
          entry.key().length() + (entry.value() == null ? 0 : entry.value().length());
      entries.add(entry);
    }
    extra.commands().forEach(command -> entries.add(Entries.of(command)));
    extra.workers().forEach(worker -> entries.add(Entries.of(worker)));
    extra.queues().forEach(queue -> entries.add(Entries.of(queue)));
    entries.addAll(extra.others());
    return new StateStore.Append(source, token, epoch, from, offset(), logged, entries, feed);
  }
}
