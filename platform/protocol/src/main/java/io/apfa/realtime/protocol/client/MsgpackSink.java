package io.apfa.realtime.protocol.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.Update;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;

/**
 * Members as a msgpack map. A msgpack map begins with its size, so an object is written twice: once
 * to count, once for real. Confined to its caller's thread.
 */
final class MsgpackSink implements ObjectSink {
  private static final JsonFactory JSON = new JsonFactory();

  private final @Nullable MessagePacker out;
  private int count;
  private int depth;

  private MsgpackSink(@Nullable MessagePacker out) {
    this.out = out;
  }

  /** Writes the object that {@code shape} describes. */
  static void writeObject(MessagePacker out, Consumer<ObjectSink> shape) throws IOException {
    MsgpackSink counter = new MsgpackSink(null);
    shape.accept(counter);
    out.packMapHeader(counter.count);
    shape.accept(new MsgpackSink(out));
  }

  static void writeUpdate(MessagePacker out, Update update) throws IOException {
    writeObject(out, sink -> UpdateShape.write(update, sink));
  }

  @Override
  public void text(String name, @Nullable String value) {
    if (value != null) {
      write(name, packer -> packer.packString(value));
    }
  }

  @Override
  public void count(String name, long value) {
    if (value >= 0) {
      write(name, packer -> packer.packLong(value));
    }
  }

  @Override
  public void time(String name, long millis) {
    if (Times.isKnown(millis)) {
      write(name, packer -> packer.packDouble(Times.toEpochSeconds(millis)));
    }
  }

  @Override
  public void real(String name, double value) {
    if (Double.isFinite(value)) {
      write(name, packer -> packer.packDouble(value));
    }
  }

  @Override
  public void json(String name, @Nullable String json) {
    if (json != null) {
      write(name, packer -> transcode(json, packer));
    }
  }

  @Override
  public void texts(String name, List<String> values) {
    write(
        name,
        packer -> {
          packer.packArrayHeader(values.size());
          for (String value : values) {
            packer.packString(value);
          }
        });
  }

  @Override
  public void reals(String name, List<Double> values) {
    write(
        name,
        packer -> {
          packer.packArrayHeader(values.size());
          for (double value : values) {
            packer.packDouble(value);
          }
        });
  }

  @Override
  public void beginObject(String name, int members) {
    write(name, packer -> packer.packMapHeader(members));
    depth++;
  }

  @Override
  public void endObject() {
    depth--;
  }

  private interface Value {
    void packTo(MessagePacker packer) throws IOException;
  }

  private void write(String name, Value value) {
    if (depth == 0) {
      count++;
    }
    if (out == null) {
      return;
    }
    try {
      out.packString(name);
      value.packTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("msgpack to memory", e);
    }
  }

  /** Writes JSON text as msgpack; containers are packed apart, because their size comes first. */
  static void transcode(String json, MessagePacker out) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      Deque<Container> open = new ArrayDeque<>();
      MessagePacker current = out;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_OBJECT, START_ARRAY -> {
            open.push(new Container(current));
            current = open.element().packer;
          }
          case END_OBJECT, END_ARRAY -> {
            Container closed = open.pop();
            current = closed.outer;
            int size = closed.tokens;
            if (token == JsonToken.END_OBJECT) {
              current.packMapHeader(size / 2);
            } else {
              current.packArrayHeader(size);
            }
            current.writePayload(closed.packer.toByteArray());
          }
          case FIELD_NAME, VALUE_STRING -> current.packString(parser.getText());
          case VALUE_NUMBER_INT -> {
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
              current.packDouble(parser.getDoubleValue());
            } else {
              current.packLong(parser.getLongValue());
            }
          }
          case VALUE_NUMBER_FLOAT -> current.packDouble(parser.getDoubleValue());
          case VALUE_TRUE -> current.packBoolean(true);
          case VALUE_FALSE -> current.packBoolean(false);
          default -> current.packNil();
        }
        if (!open.isEmpty() && token != JsonToken.START_OBJECT && token != JsonToken.START_ARRAY) {
          open.element().tokens++;
        }
      }
    }
  }

  private static final class Container {
    final MessagePacker outer;
    final MessageBufferPacker packer = MessagePack.newDefaultBufferPacker();
    int tokens;

    Container(MessagePacker outer) {
      this.outer = outer;
    }
  }
}
