package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.bus.BusMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

class DecoderPropertiesTest {
  /** The fields of an event as a publisher gives them. */
  record Fields(
      String type, String uuid, String hostname, long millis, String args, long retries) {}

  @Provide
  Arbitrary<Fields> events() {
    Arbitrary<String> texts = Arbitraries.strings().ofMinLength(1).ofMaxLength(40);
    return Combinators.combine(
            Arbitraries.of("task-received", "task-sent"),
            texts,
            texts,
            Arbitraries.longs().between(0, 4_000_000_000_000L),
            texts,
            Arbitraries.longs().between(0, 1000))
        .as(Fields::new);
  }

  private static byte[] json(Fields fields) {
    java.util.Map<String, Object> map = new java.util.LinkedHashMap<>();
    map.put("hostname", fields.hostname());
    map.put("uuid", fields.uuid());
    map.put("args", fields.args());
    map.put("retries", fields.retries());
    map.put("timestamp", fields.millis() / 1000.0);
    map.put("type", fields.type());
    return Values.write(List.of(map)).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] msgpack(Fields fields) throws IOException {
    MessageBufferPacker out = MessagePack.newDefaultBufferPacker();
    out.packArrayHeader(1).packMapHeader(6);
    out.packString("hostname").packString(clean(fields.hostname()));
    out.packString("uuid").packString(clean(fields.uuid()));
    out.packString("args").packString(clean(fields.args()));
    out.packString("retries").packLong(fields.retries());
    out.packString("timestamp").packDouble(fields.millis() / 1000.0);
    out.packString("type").packString(fields.type());
    return out.toByteArray();
  }

  private static String clean(String text) {
    return Surrogates.clean(text);
  }

  @Property(tries = 300)
  void shouldReadTheSameFromJsonAndMsgpack(@ForAll("events") Fields fields) throws IOException {
    Decoded fromJson = Decoded.ofBody(json(fields), "application/json", null);
    Decoded fromMsgpack = Decoded.ofBody(msgpack(fields), "application/x-msgpack", null);

    assertThat(fromJson.malformed).isEmpty();
    assertThat(fromJson.events).isEqualTo(fromMsgpack.events);
    assertThat(fromJson.task(0).uuid()).isEqualTo(clean(fields.uuid()));
    assertThat(fromJson.task(0).timestampMillis()).isEqualTo(fields.millis());
    assertThat(fromJson.task(0).retries()).isEqualTo((int) fields.retries());
  }

  @Property(tries = 300)
  void shouldSurviveAnyBytes(@ForAll byte[] bytes) {
    for (String type : List.of("application/json", "application/x-msgpack", "application/x-yaml")) {
      for (String compression : new String[] {null, "zlib", "bzip2"}) {
        Decoded.of(HeardMessage.body(bytes, type, compression, 1, 0, false));
      }
    }
    Decoded.of(HeardMessage.envelope(bytes, 1));
  }

  @Property(tries = 300)
  void shouldMakeOnlyEventsThatTheBusCanCarry(@ForAll String text) {
    // any UTF-16, lone surrogates included, as JSON escapes carry it
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      escaped.append(String.format("\\u%04x", (int) text.charAt(i)));
    }
    Decoded decoded =
        Decoded.ofJson(
            "{\"hostname\": \"w\", \"timestamp\": 1, \"type\": \"task-received\", \"uuid\": \"u\","
                + " \"args\": \""
                + escaped
                + "\", \"name\": \""
                + escaped
                + "\"}");
    for (CeleryEvent event : decoded.events) {
      CeleryEvent.TaskEvent task = (CeleryEvent.TaskEvent) event;
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(String.valueOf(task.args())))
          .isTrue();
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(String.valueOf(task.name())))
          .isTrue();
    }
    assertThat(BusMessage.Kind.EVENT_BATCH).isNotNull();
  }
}
