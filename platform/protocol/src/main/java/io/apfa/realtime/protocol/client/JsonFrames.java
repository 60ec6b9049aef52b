package io.apfa.realtime.protocol.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.Update;
import io.apfa.realtime.protocol.Worker;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything we write as JSON: batches and snapshots of rooms, the bridge's control frames, and the
 * HTTP API's tasks and workers.
 *
 * <p>Immutable.
 */
public final class JsonFrames {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonFrames() {}

  /** Writes one JSON document. */
  public interface Document {
    /** Writes it to {@code out}, which is at its start. */
    void writeTo(JsonGenerator out) throws IOException;
  }

  /** The UTF-8 bytes of {@code document}. */
  public static Buffer encode(Document document) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      document.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("JSON to memory", e);
    }
    return Buffer.buffer(bytes.toByteArray());
  }

  /** A batch as the body of a {@code rec} on its room. */
  public static Buffer batchRec(String room, Batch batch) {
    return encode(
        out -> {
          beginRec(out, room);
          writeBatch(out, room, batch);
          out.writeEndObject();
        });
  }

  /** A batch by itself, for {@code /ws/celery/*?encoding=json}. */
  public static Buffer batch(String room, Batch batch) {
    return encode(out -> writeBatch(out, room, batch));
  }

  /** Writes the object of a batch. */
  public static void writeBatch(JsonGenerator out, String room, Batch batch) throws IOException {
    out.writeStartObject();
    out.writeStringField("type", "batch_update");
    out.writeStringField("room", room);
    out.writeStringField("epoch", batch.epoch());
    out.writeNumberField("from", batch.from());
    out.writeNumberField("offset", batch.offset());
    out.writeNumberField("count", batch.updates().size());
    out.writeBooleanField("conflated", batch.conflated());
    out.writeFieldName("updates");
    writeUpdates(out, batch);
    out.writeEndObject();
  }

  /** Writes the array of a batch's updates. */
  public static void writeUpdates(JsonGenerator out, Batch batch) throws IOException {
    out.writeStartArray();
    writeUpdateElements(out, batch);
    out.writeEndArray();
  }

  /** Writes a batch's updates into the array that is open. */
  public static void writeUpdateElements(JsonGenerator out, Batch batch) throws IOException {
    JsonSink sink = new JsonSink(out);
    for (Update update : batch.updates()) {
      out.writeStartObject();
      out.writeStringField("type", update.kind().type());
      out.writeObjectFieldStart("data");
      UpdateShape.write(update, sink);
      out.writeEndObject();
      out.writeFieldName("timestamp");
      out.writeNumber(JsonSink.seconds(batch.closedMillis()));
      out.writeEndObject();
    }
  }

  /** Writes an update's data, as the members of an object of its own. */
  public static void writeUpdateData(JsonGenerator out, Update update) throws IOException {
    out.writeStartObject();
    UpdateShape.write(update, new JsonSink(out));
    out.writeEndObject();
  }

  /** Writes the members of an update's data into the object that is open. */
  public static void writeUpdateMembers(JsonGenerator out, Update update) {
    UpdateShape.write(update, new JsonSink(out));
  }

  /** Writes a task's members into the object that is open. */
  public static void writeTaskMembers(JsonGenerator out, Task task) {
    UpdateShape.writeTask(task, new JsonSink(out));
  }

  /** One part of a snapshot, as the body of a {@code rec} on its room. */
  public static Buffer snapshotRec(
      String room, StreamPosition position, int part, int parts, List<Task> tasks) {
    return encode(
        out -> {
          beginRec(out, room);
          out.writeStartObject();
          out.writeStringField("type", "snapshot");
          out.writeStringField("room", room);
          out.writeStringField("epoch", position.epoch());
          out.writeNumberField("offset", position.offset());
          out.writeNumberField("part", part);
          out.writeNumberField("parts", parts);
          out.writeFieldName("tasks");
          writeTasks(out, tasks);
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  /** Writes an array of tasks. */
  public static void writeTasks(JsonGenerator out, List<Task> tasks) throws IOException {
    out.writeStartArray();
    for (Task task : tasks) {
      writeTask(out, task);
    }
    out.writeEndArray();
  }

  /** Writes one task. */
  public static void writeTask(JsonGenerator out, Task task) throws IOException {
    out.writeStartObject();
    UpdateShape.writeTask(task, new JsonSink(out));
    out.writeEndObject();
  }

  /** Writes one worker. */
  public static void writeWorker(JsonGenerator out, Worker worker) throws IOException {
    out.writeStartObject();
    UpdateShape.writeWorker(worker, new JsonSink(out));
    out.writeEndObject();
  }

  /** Writes a time as epoch seconds with three decimals. */
  public static void writeTime(JsonGenerator out, String name, long millis) throws IOException {
    out.writeFieldName(name);
    out.writeNumber(JsonSink.seconds(millis));
  }

  /** {@code registered}: where the stream of {@code room} goes on. */
  public static Buffer registered(
      String room, StreamPosition position, boolean recovered, Encoding encoding) {
    return encode(
        out -> {
          out.writeStartObject();
          out.writeStringField("type", "registered");
          out.writeStringField("address", room);
          out.writeObjectFieldStart("body");
          out.writeStringField("position", position.toString());
          out.writeBooleanField("recovered", recovered);
          out.writeStringField("encoding", encoding.word());
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  /**
   * The reply to a command: accepted.
   *
   * @param several whether to answer with a list, as a request with {@code uuids} wants it
   */
  public static Buffer acceptedRec(
      String replyAddress, List<BusMessage.CommandReply.Accepted> commands, boolean several) {
    return encode(
        out -> {
          beginRec(out, replyAddress);
          writeAccepted(out, commands, several);
          out.writeEndObject();
        });
  }

  /** Writes the answer to a command: its ids, or with {@code several} a list of them. */
  public static void writeAccepted(
      JsonGenerator out, List<BusMessage.CommandReply.Accepted> commands, boolean several)
      throws IOException {
    out.writeStartObject();
    if (!several && commands.size() == 1) {
      writeIds(out, commands.get(0));
    } else {
      out.writeArrayFieldStart("commands");
      for (BusMessage.CommandReply.Accepted command : commands) {
        out.writeStartObject();
        writeIds(out, command);
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private static void writeIds(JsonGenerator out, BusMessage.CommandReply.Accepted command)
      throws IOException {
    out.writeStringField("commandId", command.commandId());
    out.writeStringField("taskId", command.taskId());
  }

  /** {@code err}; without an address when {@code address} is null. */
  public static Buffer err(@Nullable String address, int code, String type, String message) {
    return encode(
        out -> {
          out.writeStartObject();
          out.writeStringField("type", "err");
          if (address != null) {
            out.writeStringField("address", address);
          }
          out.writeNumberField("failureCode", code);
          out.writeStringField("failureType", type);
          out.writeStringField("message", message);
          out.writeEndObject();
        });
  }

  /** {@code pong} with the ping's own timestamp, given as JSON text. */
  public static Buffer pong(String timestampJson) {
    return encode(
        out -> {
          out.writeStartObject();
          out.writeStringField("type", "pong");
          out.writeFieldName("timestamp");
          out.writeRawValue(timestampJson);
          out.writeEndObject();
        });
  }

  private static void beginRec(JsonGenerator out, String address) throws IOException {
    out.writeStartObject();
    out.writeStringField("type", "rec");
    out.writeStringField("address", address);
    out.writeFieldName("body");
  }
}
