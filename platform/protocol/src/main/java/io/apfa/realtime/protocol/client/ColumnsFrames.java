package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/**
 * Frames of {@code msgpack-columns}: the arrays of {@link MsgpackFrames}, with {@code [3,
 * generation, frame, closedMillis, tasks, others]} in place of the updates or tasks. Generation 0
 * is self-contained; in any other one, frame 1 starts afresh and each later frame follows the one
 * before. {@code others} are updates that are no tasks: {@code [place among the updates, type,
 * data]}. The normative text is {@code docs/protocol.md}.
 *
 * <p>Immutable.
 */
public final class ColumnsFrames {
  /** First element of the updates: the version of this form. */
  public static final int VERSION = 3;

  private static final int GZIP_LEVEL = 1;

  private ColumnsFrames() {}

  /** A batch of {@code room} that needs no other frame. */
  public static Buffer batch(String room, Batch batch, int thresholdBytes) {
    return batch(room, batch, thresholdBytes, null);
  }

  /** A batch of {@code room}, the next frame of {@code generation}. */
  public static Buffer batch(
      String room, Batch batch, int thresholdBytes, @Nullable ColumnsGeneration generation) {
    MsgpackBytes out = new MsgpackBytes(256 + 64 * batch.updates().size());
    out.arrayHeader(7);
    out.integer(MsgpackFrames.BATCH);
    out.text(room);
    out.text(batch.epoch());
    out.integer(batch.from());
    out.integer(batch.offset());
    out.flag(batch.conflated());
    List<Task> tasks = new ArrayList<>(batch.updates().size());
    int others = 0;
    for (Update update : batch.updates()) {
      if (update instanceof Update.TaskUpdate taskUpdate) {
        tasks.add(taskUpdate.task());
      } else {
        others++;
      }
    }
    beginUpdates(out, generation, batch.closedMillis());
    ColumnsGeneration references = generation == null ? new ColumnsGeneration(0) : generation;
    ColumnsWriter.write(out, tasks, batch.closedMillis(), batch.from() - 1, references);
    writeOthers(out, batch, others);
    return finish(out, thresholdBytes);
  }

  /** One part of a snapshot of {@code room}. */
  public static Buffer snapshot(
      String room,
      StreamPosition position,
      int part,
      int parts,
      List<Task> tasks,
      int thresholdBytes) {
    MsgpackBytes out = new MsgpackBytes(256 + 128 * tasks.size());
    out.arrayHeader(7);
    out.integer(MsgpackFrames.SNAPSHOT);
    out.text(room);
    out.text(position.epoch());
    out.integer(position.offset());
    out.integer(part);
    out.integer(parts);
    long baseMillis = tasks.isEmpty() ? 0 : Math.max(0, tasks.get(0).timestampMillis());
    beginUpdates(out, null, baseMillis);
    ColumnsWriter.write(out, tasks, baseMillis, 0, new ColumnsGeneration(0));
    out.nil();
    return finish(out, thresholdBytes);
  }

  private static void beginUpdates(
      MsgpackBytes out, @Nullable ColumnsGeneration generation, long closedMillis) {
    out.arrayHeader(6);
    out.integer(VERSION);
    out.integer(generation == null ? 0 : generation.number());
    out.integer(generation == null ? 0 : generation.nextFrame());
    out.integer(closedMillis);
  }

  private static void writeOthers(MsgpackBytes out, Batch batch, int others) {
    if (others == 0) {
      out.nil();
      return;
    }
    out.arrayHeader(others);
    for (int place = 0; place < batch.updates().size(); place++) {
      Update update = batch.updates().get(place);
      if (update.kind() != Update.Kind.TASK_UPDATE) {
        out.arrayHeader(3);
        out.integer(place);
        out.text(update.kind().type());
        byte[] data = data(update);
        out.raw(data, data.length);
      }
    }
  }

  private static byte[] data(Update update) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      MsgpackSink.writeUpdate(packer, update);
      return packer.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("msgpack to memory", e);
    }
  }

  private static Buffer finish(MsgpackBytes out, int thresholdBytes) {
    return Buffer.buffer(out.toFrame(thresholdBytes, GZIP_LEVEL));
  }
}
