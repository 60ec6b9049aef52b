package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.BusCodec;
import io.apfa.realtime.runtime.store.StateStore.Entry;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * The entries of a source's table in the state store: a letter for the kind, a slash, the id; a
 * task in {@link RowCodec}'s form, any other record in {@link BusCodec}'s.
 *
 * <p>Immutable.
 */
final class Entries {
  static final String TASK = "t/";
  static final String GROUP = "g/";
  static final String COMMAND = "c/";
  static final String WORKER = "w/";
  static final String QUEUE = "q/";

  /** How many task events the table holds, as decimal digits. */
  static final String TASK_EVENTS = "n/task-events";

  private Entries() {}

  /** A task's entry, written with {@code out}, which many share. */
  static Entry of(Task task, List<TimelineEntry> timeline, PackedWriter out) {
    return new Entry(TASK + task.uuid(), RowCodec.encode(task, timeline, out));
  }

  static Entry of(GroupBook.Gone gone) {
    return new Entry(GROUP + gone.groupId(), BusCodec.encodeRecord(gone));
  }

  static Entry of(Update.CommandUpdate command) {
    return new Entry(COMMAND + command.commandId(), BusCodec.encodeRecord(command));
  }

  static Entry of(Worker worker) {
    return new Entry(WORKER + worker.hostname(), BusCodec.encodeRecord(worker));
  }

  static Entry of(Update.QueueDepth depth) {
    return new Entry(QUEUE + depth.queue(), BusCodec.encodeRecord(depth));
  }

  static Entry ofTaskEvents(long count) {
    return new Entry(TASK_EVENTS, Buffer.buffer(Long.toString(count)));
  }

  static Entry removed(String kind, String id) {
    return new Entry(kind + id, null);
  }
}
