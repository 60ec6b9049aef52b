package io.apfa.realtime.protocol.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apfa.realtime.protocol.Gzip;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.StringWriter;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * Reads a client's frame in msgpack, gzipped or not, as {@link ClientFrameDecoder} reads JSON. What
 * it inflates to, how deep it is nested and how much it says are bounded before anything is built.
 *
 * <p>Immutable.
 */
public final class MsgpackClientFrames {
  private MsgpackClientFrames() {}

  /**
   * Reads one binary frame.
   *
   * @throws IllegalArgumentException when it is not one msgpack map, nested too deep, or inflates
   *     to more than {@code maxInflatedBytes}
   */
  public static ClientFrame decode(Buffer frame, int maxInflatedBytes) {
    byte[] bytes = frame.getBytes();
    byte[] plain = Gzip.isGzip(bytes) ? Gzip.inflate(bytes, maxInflatedBytes) : bytes;
    StringWriter json = new StringWriter();
    try (MessageUnpacker in = MessagePack.newDefaultUnpacker(plain);
        JsonGenerator out = new JsonFactory().createGenerator(json)) {
      transcode(in, out, 0);
      if (in.hasNext()) {
        throw new IllegalArgumentException("msgpack: bytes after the map (expected: its end)");
      }
    } catch (IOException | MessagePackException e) {
      throw new IllegalArgumentException("msgpack: not valid (expected: one map)", e);
    }
    return ClientFrameDecoder.decode(json.toString());
  }

  /** {@code pong} in msgpack, with the ping's own timestamp given as JSON text. */
  public static Buffer pong(String timestampJson) {
    return MsgpackFrames.ofJson("{\"type\":\"pong\",\"timestamp\":" + timestampJson + "}");
  }

  private static void transcode(MessageUnpacker in, JsonGenerator out, int depth)
      throws IOException {
    if (depth > JsonMembers.MAX_DEPTH) {
      throw new IllegalArgumentException(
          "msgpack: nested deeper than " + JsonMembers.MAX_DEPTH + " (expected: less)");
    }
    switch (in.getNextFormat().getValueType()) {
      case NIL -> {
        in.unpackNil();
        out.writeNull();
      }
      case BOOLEAN -> out.writeBoolean(in.unpackBoolean());
      case INTEGER -> out.writeNumber(in.unpackBigInteger());
      case FLOAT -> out.writeNumber(in.unpackDouble());
      case STRING -> out.writeString(in.unpackString());
      case BINARY -> {
        in.skipValue();
        out.writeNull();
      }
      case EXTENSION -> {
        in.skipValue();
        out.writeNull();
      }
      case ARRAY -> {
        int count = in.unpackArrayHeader();
        out.writeStartArray();
        for (int i = 0; i < count; i++) {
          transcode(in, out, depth + 1);
        }
        out.writeEndArray();
      }
      case MAP -> {
        int count = in.unpackMapHeader();
        out.writeStartObject();
        for (int i = 0; i < count; i++) {
          out.writeFieldName(in.unpackString());
          transcode(in, out, depth + 1);
        }
        out.writeEndObject();
      }
    }
  }
}
