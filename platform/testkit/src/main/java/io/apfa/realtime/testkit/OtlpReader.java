package io.apfa.realtime.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads OTLP's {@code ExportTraceServiceRequest} from its protobuf form, as far as tests ask: by
 * the field numbers of the specification, without the exporter's own code. Confined to one thread.
 */
final class OtlpReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int ERROR = 2;

  private OtlpReader() {}

  /** One field of a message: its number, and its number or bytes. */
  private record Field(int number, long value, ByteBuffer bytes) {
    String text() {
      return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    String hex() {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return HexFormat.of().formatHex(copy);
    }
  }

  /** The spans of a request. */
  static List<CollectedSpan> spans(byte[] request) {
    List<CollectedSpan> spans = new ArrayList<>();
    each(ByteBuffer.wrap(request), 1, resourceSpans -> readResource(resourceSpans.bytes(), spans));
    return spans;
  }

  private static void readResource(ByteBuffer resourceSpans, List<CollectedSpan> spans) {
    Map<String, String> resource = new HashMap<>();
    each(resourceSpans, 1, found -> each(found.bytes(), 1, pair -> readPair(pair, resource)));
    each(
        resourceSpans,
        2,
        scope -> each(scope.bytes(), 2, span -> spans.add(readSpan(span.bytes(), resource))));
  }

  private static CollectedSpan readSpan(ByteBuffer bytes, Map<String, String> resource) {
    Map<Integer, String> texts = new HashMap<>();
    Map<Integer, Long> times = new HashMap<>();
    Map<String, String> attributes = new HashMap<>();
    List<Long> statuses = new ArrayList<>();
    for (Field field : fields(bytes)) {
      switch (field.number()) {
        case 1, 2, 4 -> texts.put(field.number(), field.hex());
        case 5 -> texts.put(field.number(), field.text());
        case 7, 8 -> times.put(field.number(), field.value());
        case 9 -> readPair(field, attributes);
        case 15 -> each(field.bytes(), 3, code -> statuses.add(code.value()));
        default -> {
          // kind, flags, counts of what was left out: no test asks
        }
      }
    }
    return new CollectedSpan(
        resource.getOrDefault("service.name", ""),
        resource.getOrDefault("service.instance.id", ""),
        texts.getOrDefault(1, ""),
        texts.getOrDefault(2, ""),
        texts.getOrDefault(4, ""),
        texts.getOrDefault(5, ""),
        times.getOrDefault(7, 0L),
        times.getOrDefault(8, 0L),
        attributes,
        statuses.contains((long) ERROR));
  }

  private static void readPair(Field pair, Map<String, String> into) {
    StringBuilder key = new StringBuilder();
    each(pair.bytes(), 1, field -> key.append(field.text()));
    each(
        pair.bytes(),
        2,
        value -> {
          each(value.bytes(), 1, text -> into.put(key.toString(), text.text()));
          each(value.bytes(), 3, number -> into.put(key.toString(), Long.toString(number.value())));
        });
  }

  private static void each(ByteBuffer message, int number, Consumer<Field> then) {
    for (Field field : fields(message)) {
      if (field.number() == number) {
        then.accept(field);
      }
    }
  }

  private static List<Field> fields(ByteBuffer message) {
    ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    List<Field> fields = new ArrayList<>();
    ByteBuffer none = ByteBuffer.allocate(0);
    while (in.hasRemaining()) {
      long tag = varint(in);
      int number = (int) (tag >>> 3);
      switch ((int) (tag & 7)) {
        case VARINT -> fields.add(new Field(number, varint(in), none));
        case FIXED64 -> fields.add(new Field(number, in.getLong(), none));
        case FIXED32 -> fields.add(new Field(number, in.getInt(), none));
        case BYTES -> {
          int length = (int) varint(in);
          fields.add(new Field(number, 0, in.slice(in.position(), length)));
          in.position(in.position() + length);
        }
        default ->
            throw new IllegalArgumentException(
                "protobuf: wire type " + (tag & 7) + " (expected: 0, 1, 2 or 5)");
      }
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      value |= (long) (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }
}
