package io.apfa.realtime.protocol.client;

import com.fasterxml.jackson.core.JsonGenerator;
import io.apfa.realtime.protocol.Times;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Members as JSON. Confined to its caller's thread. */
final class JsonSink implements ObjectSink {
  private final JsonGenerator out;

  JsonSink(JsonGenerator out) {
    this.out = out;
  }

  /** Epoch seconds with three decimals, as text: 1795555942.218. */
  static String seconds(long millis) {
    long rest = millis % 1000;
    return millis / 1000 + (rest < 10 ? ".00" : rest < 100 ? ".0" : ".") + rest;
  }

  @Override
  public void text(String name, @Nullable String value) {
    if (value != null) {
      write(() -> out.writeStringField(name, value));
    }
  }

  @Override
  public void count(String name, long value) {
    if (value >= 0) {
      write(() -> out.writeNumberField(name, value));
    }
  }

  @Override
  public void time(String name, long millis) {
    if (Times.isKnown(millis)) {
      write(
          () -> {
            out.writeFieldName(name);
            out.writeNumber(seconds(millis));
          });
    }
  }

  @Override
  public void real(String name, double value) {
    if (Double.isFinite(value)) {
      write(() -> out.writeNumberField(name, value));
    }
  }

  @Override
  public void json(String name, @Nullable String json) {
    if (json != null) {
      write(
          () -> {
            out.writeFieldName(name);
            out.writeRawValue(json);
          });
    }
  }

  @Override
  public void texts(String name, List<String> values) {
    write(
        () -> {
          out.writeArrayFieldStart(name);
          for (String value : values) {
            out.writeString(value);
          }
          out.writeEndArray();
        });
  }

  @Override
  public void reals(String name, List<Double> values) {
    write(
        () -> {
          out.writeArrayFieldStart(name);
          for (double value : values) {
            out.writeNumber(value);
          }
          out.writeEndArray();
        });
  }

  @Override
  public void beginObject(String name, int members) {
    write(() -> out.writeObjectFieldStart(name));
  }

  @Override
  public void endObject() {
    write(out::writeEndObject);
  }

  private interface Write {
    void run() throws IOException;
  }

  private static void write(Write write) {
    try {
      write.run();
    } catch (IOException e) {
      throw new UncheckedIOException("JSON to memory", e);
    }
  }
}
