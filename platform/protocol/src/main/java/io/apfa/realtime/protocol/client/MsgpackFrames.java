package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;

/**
 * Binary frames of msgpack maps. A batch of a room is {@code [1, room, epoch, from, offset,
 * conflated, updates]}, a snapshot part {@code [2, room, epoch, offset, part, parts, tasks]}; the
 * specification's plain clients get the bare array of updates. Gzipped when over the threshold and
 * smaller so.
 *
 * <p>Immutable.
 */
public final class MsgpackFrames {
  /** First element of a batch. */
  public static final int BATCH = 1;

  /** First element of a snapshot part. */
  public static final int SNAPSHOT = 2;

  private static final int GZIP_LEVEL = 1;

  private MsgpackFrames() {}

  /** A batch of {@code room}. */
  public static Buffer batch(String room, Batch batch, int thresholdBytes) {
    return pack(
        thresholdBytes,
        out -> {
          out.packArrayHeader(7);
          out.packInt(BATCH);
          out.packString(room);
          out.packString(batch.epoch());
          out.packLong(batch.from());
          out.packLong(batch.offset());
          out.packBoolean(batch.conflated());
          writeUpdates(out, batch);
        });
  }

  /** A batch without a room or a position, for {@code /ws/celery/*}. */
  public static Buffer plainBatch(Batch batch, int thresholdBytes) {
    return pack(thresholdBytes, out -> writeUpdates(out, batch));
  }

  /** One part of a snapshot of {@code room}. */
  public static Buffer snapshot(
      String room,
      StreamPosition position,
      int part,
      int parts,
      List<Task> tasks,
      int thresholdBytes) {
    return pack(
        thresholdBytes,
        out -> {
          out.packArrayHeader(7);
          out.packInt(SNAPSHOT);
          out.packString(room);
          out.packString(position.epoch());
          out.packLong(position.offset());
          out.packInt(part);
          out.packInt(parts);
          out.packArrayHeader(tasks.size());
          for (Task task : tasks) {
            MsgpackSink.writeObject(out, sink -> UpdateShape.writeTask(task, sink));
          }
        });
  }

  /** One JSON document as msgpack, never gzipped. */
  static Buffer ofJson(String json) {
    return pack(Integer.MAX_VALUE, out -> MsgpackSink.transcode(json, out));
  }

  private static void writeUpdates(MessagePacker out, Batch batch) throws IOException {
    double timestamp = Times.toEpochSeconds(batch.closedMillis());
    out.packArrayHeader(batch.updates().size());
    for (Update update : batch.updates()) {
      out.packMapHeader(3);
      out.packString("type");
      out.packString(update.kind().type());
      out.packString("data");
      MsgpackSink.writeUpdate(out, update);
      out.packString("timestamp");
      out.packDouble(timestamp);
    }
  }

  private interface Write {
    void to(MessagePacker out) throws IOException;
  }

  private static Buffer pack(int thresholdBytes, Write write) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      write.to(packer);
      return Buffer.buffer(
          Gzip.compressIfSmaller(packer.toByteArray(), thresholdBytes, GZIP_LEVEL));
    } catch (IOException e) {
      throw new UncheckedIOException("msgpack to memory", e);
    }
  }
}
