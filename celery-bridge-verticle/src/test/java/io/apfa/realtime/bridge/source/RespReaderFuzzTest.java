package io.apfa.realtime.bridge.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whatever a server sends, and wherever TCP cuts it, is read the same or refused. */
class RespReaderFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void shouldReadTheSameHoweverAnyBytesAreCut(FuzzedDataProvider data) {
    int cut = data.consumeInt(1, 64);
    byte[] bytes = data.consumeRemainingAsBytes();

    assertThat(read(bytes, cut)).isEqualTo(read(bytes, Math.max(1, bytes.length)));
  }

  private static List<String> read(byte[] bytes, int chunk) {
    List<String> heard = new ArrayList<>();
    RespReader reader =
        new RespReader(
            new RespReader.Handler() {
              @Override
              public void onMessage(byte[] payload) {
                heard.add("message " + new String(payload, StandardCharsets.ISO_8859_1));
              }

              @Override
              public void onReply(String kind, String text) {
                heard.add(kind + " " + text);
              }
            });
    try {
      for (int i = 0; i < bytes.length; i += chunk) {
        reader.feed(Buffer.buffer(Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + chunk))));
      }
    } catch (RespReader.ProtocolException e) {
      heard.add("refused");
    }
    return heard;
  }
}
