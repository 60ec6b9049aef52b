package io.apfa.realtime.bridge.event;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/**
 * Coverage-guided fuzzing of every decoder: whatever the bytes, nothing is thrown and nothing grows
 * past its bound. In the ordinary build the inputs kept beside this test are replayed; with {@code
 * make fuzz} new ones are searched.
 */
class DecoderFuzzTest {
  private static final String[] TYPES = {
    "application/json", "application/x-msgpack", "application/x-yaml", "text/plain"
  };
  private static final String[] COMPRESSIONS = {null, "zlib", "bzip2"};

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyEnvelope(byte[] bytes) {
    Decoded.of(HeardMessage.envelope(bytes, 1));
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyBody(FuzzedDataProvider data) {
    String type = data.pickValue(TYPES);
    String compression = data.pickValue(COMPRESSIONS);
    Decoded.of(HeardMessage.body(data.consumeRemainingAsBytes(), type, compression, 1, 0, false));
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyJson(byte[] bytes) {
    Decoded.of(HeardMessage.body(bytes, TYPES[0], null, 1, 0, false));
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyMsgpack(byte[] bytes) {
    Decoded.of(HeardMessage.body(bytes, TYPES[1], null, 1, 0, false));
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyYaml(byte[] bytes) {
    Decoded.of(HeardMessage.body(bytes, TYPES[2], null, 1, 0, false));
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyResultOrReply(byte[] bytes) {
    ResultMeta meta = ResultMeta.read(bytes);
    if (meta != null) {
      Redactor redactor = Redactor.of(Redactor.DEFAULT_PATTERNS);
      Values.read(meta.json(redactor));
    }
    try {
      KombuMessage message = KombuMessage.read(bytes);
      QueuedTask.of("q", false, message);
      ControlReply.read(message.body());
    } catch (IllegalArgumentException e) {
      // said, not thrown past the decoder
    }
  }

  @FuzzTest(maxDuration = "30s")
  void shouldSurviveAnyLiteral(byte[] bytes) {
    try {
      PythonLiteral.write(PythonLiteral.read(new String(bytes, StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      // refused
    }
  }
}
