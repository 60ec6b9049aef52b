package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.client.ColumnsFrames;
import io.apfa.realtime.protocol.client.ColumnsGeneration;
import io.apfa.realtime.protocol.client.Encoding;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.protocol.client.MsgpackFrames;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** How one subscription's batches look on the wire. Immutable. */
public enum Format {
  /** Text: a bridge {@code rec} on the room. */
  BRIDGE_JSON(Encoding.JSON, true),
  /** Binary: {@code [1, room, …]}. */
  BRIDGE_MSGPACK(Encoding.MSGPACK, false),
  /** Binary: {@code [1, room, …]} with columns. */
  BRIDGE_COLUMNS(Encoding.MSGPACK_COLUMNS, false),
  /** Text: the bare JSON batch, for {@code /ws/celery/*?encoding=json}. */
  PLAIN_JSON(Encoding.JSON, true),
  /** Binary: the specification's bare array of updates. */
  PLAIN_MSGPACK(Encoding.MSGPACK, false);

  private final Encoding encoding;
  private final boolean text;

  Format(Encoding encoding, boolean text) {
    this.encoding = encoding;
    this.text = text;
  }

  /** The encoding it is answered as. */
  public Encoding encoding() {
    return encoding;
  }

  /** One batch as one frame. */
  public Frame encode(String room, Batch batch, int thresholdBytes) {
    Buffer bytes =
        switch (this) {
          case BRIDGE_JSON -> JsonFrames.batchRec(room, batch);
          case BRIDGE_MSGPACK -> MsgpackFrames.batch(room, batch, thresholdBytes);
          case BRIDGE_COLUMNS -> ColumnsFrames.batch(room, batch, thresholdBytes);
          case PLAIN_JSON -> JsonFrames.batch(room, batch);
          case PLAIN_MSGPACK -> MsgpackFrames.plainBatch(batch, thresholdBytes);
        };
    return new Frame(bytes, text, eventOf(batch.updates()));
  }

  /** One part of a snapshot as one frame. */
  public Frame encodeSnapshot(
      String room,
      StreamPosition position,
      int part,
      int parts,
      List<Task> tasks,
      int thresholdBytes) {
    Buffer bytes =
        switch (encoding) {
          case JSON -> JsonFrames.snapshotRec(room, position, part, parts, tasks);
          case MSGPACK ->
              MsgpackFrames.snapshot(room, position, part, parts, tasks, thresholdBytes);
          case MSGPACK_COLUMNS ->
              ColumnsFrames.snapshot(room, position, part, parts, tasks, thresholdBytes);
        };
    return new Frame(bytes, text, "snapshot");
  }

  /** One batch as the next frame of {@code generation}. */
  static Frame encodeNext(
      String room, Batch batch, int thresholdBytes, ColumnsGeneration generation) {
    return new Frame(
        ColumnsFrames.batch(room, batch, thresholdBytes, generation),
        false,
        eventOf(batch.updates()));
  }

  private static String eventOf(List<Update> updates) {
    Update.Kind kind = updates.isEmpty() ? null : updates.get(0).kind();
    for (Update update : updates) {
      if (update.kind() != kind) {
        return "batch_update";
      }
    }
    return kind == null ? "batch_update" : kind.type();
  }
}
