package io.apfa.realtime.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.apfa.realtime.protocol.Command;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Whatever a client sends is read, or refused with a reason. */
class ClientFuzzTest {
  private static final int MAX_INFLATED_BYTES = 256 * 1024;

  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyTextFrame(byte[] bytes) {
    try {
      ClientFrame frame = ClientFrameDecoder.decode(new String(bytes, StandardCharsets.UTF_8));
      if (frame instanceof ClientFrame.Send send) {
        command(send);
      }
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
    }
  }

  private static void command(ClientFrame.Send send) {
    Command.Kind kind = CommandDecoder.kindOfAddress(send.address());
    if (kind != null) {
      CommandDecoder.decode(kind, JsonMembers.parse(send.bodyJson()), null);
    }
  }

  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyBinaryFrame(byte[] bytes) {
    try {
      MsgpackClientFrames.decode(Buffer.buffer(bytes), MAX_INFLATED_BYTES);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
    }
  }

  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyCommand(FuzzedDataProvider data) {
    Command.Kind kind = data.pickValue(Command.Kind.values());
    String target = data.consumeBoolean() ? data.consumeString(20) : null;
    try {
      CommandDecoder.decode(kind, JsonMembers.parse(data.consumeRemainingAsString()), target);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
    }
  }

  /** A reader has the state of the frames before: two frames of one stream. */
  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyColumns(FuzzedDataProvider data) {
    ColumnsReader reader = new ColumnsReader();
    byte[] first = data.consumeBytes(data.consumeInt(0, 2000));
    for (byte[] frame : new byte[][] {first, data.consumeRemainingAsBytes()}) {
      try {
        reader.read(frame);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
      }
    }
  }
}
