package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * Turns a msgpack body into the JSON that the one event decoder reads, as a stream. Binary values
 * become text when they are UTF-8, else base64; extension values become null. Immutable.
 */
final class MsgpackBody {
  private static final int MAX_DEPTH = 200;

  private MsgpackBody() {}

  static byte[] toJson(byte[] body, int maxBytes) throws MalformedException {
    BoundedOutput out = new BoundedOutput(maxBytes);
    try (MessageUnpacker in = MessagePack.newDefaultUnpacker(body);
        JsonGenerator json = Json.pythonGenerator(out)) {
      new Transcoder(in, json, body.length).value(0);
    } catch (BoundedOutput.FullException e) {
      throw new MalformedException(Malformed.TOO_LARGE, String.valueOf(e.getMessage()));
    } catch (IOException | MessagePackException | IllegalStateException e) {
      throw new MalformedException(Malformed.BODY_SYNTAX, "not msgpack");
    }
    return out.toByteArray();
  }

  /** One body on its way. Confined to one thread. */
  private static final class Transcoder {
    private final MessageUnpacker in;
    private final JsonGenerator json;
    private final int size;

    Transcoder(MessageUnpacker in, JsonGenerator json, int size) {
      this.in = in;
      this.json = json;
      this.size = size;
    }

    void value(int depth) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException("nested deeper than " + MAX_DEPTH);
      }
      MessageFormat format = in.getNextFormat();
      switch (format.getValueType()) {
        case NIL -> {
          in.unpackNil();
          json.writeNull();
        }
        case BOOLEAN -> json.writeBoolean(in.unpackBoolean());
        case INTEGER -> integer(format);
        case FLOAT -> json.writeNumber(in.unpackDouble());
        case STRING, BINARY -> json.writeString(text());
        case ARRAY -> {
          int count = in.unpackArrayHeader();
          json.writeStartArray();
          for (int i = 0; i < count; i++) {
            value(depth + 1);
          }
          json.writeEndArray();
        }
        case MAP -> {
          int count = in.unpackMapHeader();
          json.writeStartObject();
          for (int i = 0; i < count; i++) {
            json.writeFieldName(key());
            value(depth + 1);
          }
          json.writeEndObject();
        }
        case EXTENSION -> {
          in.skipValue();
          json.writeNull();
        }
      }
    }

    private void integer(MessageFormat format) throws IOException {
      if (format == MessageFormat.UINT64) {
        BigInteger number = in.unpackBigInteger();
        json.writeNumber(number);
      } else {
        json.writeNumber(in.unpackLong());
      }
    }

    private String key() throws IOException {
      return switch (in.getNextFormat().getValueType()) {
        case STRING, BINARY -> text();
        case INTEGER -> in.unpackBigInteger().toString();
        case NIL, BOOLEAN, FLOAT, ARRAY, MAP, EXTENSION -> throw new IOException("map key");
      };
    }

    private String text() throws IOException {
      boolean binary = in.getNextFormat().getValueType().isBinaryType();
      int length = binary ? in.unpackBinaryHeader() : in.unpackRawStringHeader();
      if (length > size) {
        throw new IOException("a text longer than its body");
      }
      byte[] bytes = in.readPayload(length);
      String text = new String(bytes, StandardCharsets.UTF_8);
      boolean utf8 = !binary || text.indexOf('\uFFFD') < 0;
      return utf8 ? Surrogates.clean(text) : Base64.getEncoder().encodeToString(bytes);
    }
  }
}
