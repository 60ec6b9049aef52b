package io.apfa.realtime.bridge.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RespReaderTest {
  private final List<String> heard = new ArrayList<>();
  private final RespReader reader =
      new RespReader(
          new RespReader.Handler() {
            @Override
            public void onMessage(byte[] payload) {
              heard.add("message " + new String(payload, StandardCharsets.UTF_8));
            }

            @Override
            public void onReply(String kind, String text) {
              heard.add(kind + " " + text);
            }
          });

  static String message(String payload) {
    return "*4\r\n$8\r\npmessage\r\n$3\r\n/*x\r\n$2\r\n/x\r\n$"
        + payload.getBytes(StandardCharsets.UTF_8).length
        + "\r\n"
        + payload
        + "\r\n";
  }

  @Property(tries = 300)
  void shouldReadTheSameHoweverTheBytesAreCut(
      @ForAll @Size(max = 20) List<String> payloads,
      @ForAll @Size(max = 50) List<@IntRange(min = 1, max = 40) Integer> cuts)
      throws RespReader.ProtocolException {
    heard.clear();
    StringBuilder wire = new StringBuilder("*3\r\n$10\r\npsubscribe\r\n$3\r\n/*x\r\n:1\r\n+OK\r\n");
    List<String> expected = new ArrayList<>(List.of("psubscribe /*x", "ok OK"));
    for (String payload : payloads) {
      String sane = new String(payload.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
      wire.append(message(sane));
      expected.add("message " + sane);
    }
    wire.append("*2\r\n$4\r\npong\r\n$0\r\n\r\n-ERR no\r\n");
    expected.add("pong ");
    expected.add("error ERR no");
    byte[] bytes = wire.toString().getBytes(StandardCharsets.UTF_8);
    int at = 0;
    for (int i = 0; at < bytes.length; i++) {
      int cut = cuts.isEmpty() ? bytes.length : cuts.get(i % cuts.size());
      int end = Math.min(bytes.length, at + cut);
      reader.feed(Buffer.buffer(Arrays.copyOfRange(bytes, at, end)));
      at = end;
    }
    assertThat(heard).isEqualTo(expected);
  }

  @Test
  void shouldRefuseWhatIsNoReply() {
    assertThatThrownBy(
            () -> reader.feed(Buffer.buffer("HTTP/1.1 400\r\n".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(RespReader.ProtocolException.class);
    assertThatThrownBy(() -> reader.feed(Buffer.buffer("*99\r\n".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(RespReader.ProtocolException.class);
  }
}
