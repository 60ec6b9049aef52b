package io.apfa.realtime.bridge.event;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/**
 * How bodies that workers read are written: Celery's {@code task_serializer}. A worker refuses what
 * its {@code accept_content} does not name (celery-wire.md section 2). Immutable.
 */
public enum Serializer {
  JSON("json", "application/json", "utf-8"),
  MSGPACK("msgpack", "application/x-msgpack", "binary"),
  /** JSON whose texts have no escapes beyond quotes and control characters is YAML. */
  YAML("yaml", "application/x-yaml", "utf-8");

  private final String word;
  private final String contentType;
  private final String contentEncoding;

  Serializer(String word, String contentType, String contentEncoding) {
    this.word = word;
    this.contentType = contentType;
    this.contentEncoding = contentEncoding;
  }

  /** Celery's word. */
  public String word() {
    return word;
  }

  /**
   * The serializer of {@code word}.
   *
   * @throws IllegalArgumentException for any other word
   */
  public static Serializer ofWord(String word) {
    for (Serializer serializer : values()) {
      if (serializer.word.equals(word)) {
        return serializer;
      }
    }
    throw new IllegalArgumentException("serializer (expected: json, msgpack or yaml)");
  }

  public String contentType() {
    return contentType;
  }

  public String contentEncoding() {
    return contentEncoding;
  }

  /**
   * The bytes of {@code json}.
   *
   * @throws IllegalArgumentException when it holds a number that msgpack cannot carry
   */
  public byte[] encode(String json) {
    if (this != MSGPACK) {
      String text = this == YAML ? Values.write(Values.read(json)) : json;
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
      pack(out, Values.read(json));
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
  }

  private static void pack(MessageBufferPacker out, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.packMapHeader(map.size());
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.packString(String.valueOf(entry.getKey()));
        pack(out, entry.getValue());
      }
    } else if (value instanceof List<?> list) {
      out.packArrayHeader(list.size());
      for (Object each : list) {
        pack(out, each);
      }
    } else if (value instanceof BigInteger big) {
      if (big.signum() < 0 ? big.bitLength() > Long.SIZE - 1 : big.bitLength() > Long.SIZE) {
        throw new IllegalArgumentException("a number over 64 bits (expected: what msgpack has)");
      }
      out.packBigInteger(big);
    } else if (value instanceof Integer || value instanceof Long) {
      out.packLong(((Number) value).longValue());
    } else if (value instanceof Number number) {
      out.packDouble(number.doubleValue());
    } else if (value instanceof Boolean flag) {
      out.packBoolean(flag);
    } else if (value == null) {
      out.packNil();
    } else {
      out.packString(value.toString());
    }
  }
}
