package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives rows their offsets, one each, and cuts them into batches of the size asked for.
 *
 * <p>Confined to its verticle's context.
 */
final class BatchAssembler {
  private final String epoch;
  private final long closedMillis;
  private final int batchSize;
  private final List<Batch> batches = new ArrayList<>();
  private final List<Flush.Change> changes = new ArrayList<>();
  private final List<Update.CommandUpdate> commands = new ArrayList<>();
  private final List<Update> open = new ArrayList<>();
  private boolean openConflated;
  private long nextOffset;

  BatchAssembler(String epoch, long firstOffset, long closedMillis, int batchSize) {
    this.epoch = epoch;
    this.nextOffset = firstOffset;
    this.closedMillis = closedMillis;
    this.batchSize = Math.min(batchSize, Batch.MAX_UPDATES);
  }

  void add(PendingRows.Item item) {
    Row row = item.row();
    Update update = item.update();
    openConflated |= item.replaced();
    if (row != null) {
      Task logged = row.flush(nextOffset);
      changes.add(new Flush.Change(row, logged));
      add(new Update.TaskUpdate(logged));
    } else if (update != null) {
      if (update.kind() == Update.Kind.COMMAND_UPDATE) {
        commands.add((Update.CommandUpdate) update);
      }
      add(update);
    }
  }

  void add(Update update) {
    open.add(update);
    nextOffset++;
    if (open.size() >= batchSize) {
      cut();
    }
  }

  private void cut() {
    if (!open.isEmpty()) {
      long from = nextOffset - open.size();
      batches.add(new Batch(epoch, from, nextOffset - 1, openConflated, closedMillis, open));
      open.clear();
      openConflated = false;
    }
  }

  List<Batch> batches() {
    cut();
    return batches;
  }

  List<Flush.Change> changes() {
    return changes;
  }

  List<Update.CommandUpdate> commands() {
    return commands;
  }
}
