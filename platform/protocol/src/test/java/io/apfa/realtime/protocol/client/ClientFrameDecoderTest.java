package io.apfa.realtime.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.buffer.Buffer;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a client may say, and what becomes of anything else. */
class ClientFrameDecoderTest {
  @Test
  void shouldReadARegisterWithItsHeaders() {
    assertThat(
            ClientFrameDecoder.decode(
                "{\"type\":\"register\",\"address\":\"celery:tasks\","
                    + "\"headers\":{\"position\":\"e:1\",\"ack\":true,\"none\":null}}"))
        .isEqualTo(
            new ClientFrame.Register("celery:tasks", Map.of("position", "e:1", "ack", "true")));
  }

  @Test
  void shouldKeepTheBodyOfASendAsJson() {
    ClientFrame.Send send =
        (ClientFrame.Send)
            ClientFrameDecoder.decode(
                "{\"type\":\"send\",\"address\":\"celery.revoke\",\"replyAddress\":\"r\","
                    + "\"body\":{\"uuid\":\"é\",\"args\":[1,{\"a\":null}]}}");
    assertThat(send.replyAddress()).isEqualTo("r");
    assertThat(send.bodyJson()).isEqualTo("{\"uuid\":\"é\",\"args\":[1,{\"a\":null}]}");
  }

  @Test
  void shouldGiveAPingsOwnTimestampBack() {
    ClientFrame.Ping ping =
        (ClientFrame.Ping)
            ClientFrameDecoder.decode("{\"type\":\"ping\",\"timestamp\":1.50,\"lag\":12}");
    assertThat(ping.timestampJson()).isEqualTo("1.50");
    assertThat(ping.lagMillis()).isEqualTo(12);
    assertThat(
            ((ClientFrame.Ping) ClientFrameDecoder.decode("{\"type\":\"ping\"}")).timestampJson())
        .isNull();
  }

  @Test
  void shouldTellWhatIsWrongWithAnObjectThatIsNoFrame() {
    ClientFrame.Invalid invalid =
        (ClientFrame.Invalid) ClientFrameDecoder.decode("{\"type\":\"shout\",\"address\":\"a\"}");
    assertThat(invalid.address()).isEqualTo("a");
    assertThat(invalid.message()).contains("shout").contains("register");
    assertThat(ClientFrameDecoder.decode("{\"type\":\"register\"}").kind())
        .isEqualTo(ClientFrame.Kind.INVALID);
    assertThat(
            ClientFrameDecoder.decode(
                    "{\"type\":\"register\",\"address\":\"a\",\"headers\":{\"x\":{\"y\":1}}}")
                .kind())
        .isEqualTo(ClientFrame.Kind.INVALID);
    assertThat(
            ClientFrameDecoder.decode(
                    "{\"type\":\"register\",\"address\":\"" + "x".repeat(600) + "\"}")
                .kind())
        .isEqualTo(ClientFrame.Kind.INVALID);
  }

  @Test
  void shouldRefuseWhatIsNotOneObject() {
    for (String text :
        new String[] {"", "[]", "1", "{", "{}{}", "{\"a\":1,\"a\":2}", "null", "\"x\""}) {
      assertThatIllegalArgumentException()
          .as(text)
          .isThrownBy(() -> ClientFrameDecoder.decode(text));
    }
  }

  @Test
  void shouldRefuseDeepNestingWhereverItIs() {
    String deep = "[".repeat(40) + "]".repeat(40);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ClientFrameDecoder.decode(
                    "{\"type\":\"send\",\"address\":\"a\",\"body\":" + deep + "}"));
  }

  @Property
  void shouldNeverThrowAnythingElse(@ForAll String text) {
    try {
      assertThat(ClientFrameDecoder.decode(text)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @Property
  void shouldSurviveAnyBinaryFrame(@ForAll byte[] bytes) {
    try {
      assertThat(MsgpackClientFrames.decode(Buffer.buffer(bytes), 1000)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @Test
  void shouldRefuseDeepMsgpackHugeCountsAndGzipBombs() {
    byte[] deep = new byte[5000];
    java.util.Arrays.fill(deep, (byte) 0x91);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsgpackClientFrames.decode(Buffer.buffer(deep), 1 << 20));
    byte[] huge = {(byte) 0xdd, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsgpackClientFrames.decode(Buffer.buffer(huge), 1 << 20));
    byte[] longText = {(byte) 0xdb, (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsgpackClientFrames.decode(Buffer.buffer(longText), 1 << 20));
    byte[] bomb = io.apfa.realtime.protocol.Gzip.compress(new byte[10_000_000], 9);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MsgpackClientFrames.decode(Buffer.buffer(bomb), 1 << 20));
  }

  @Test
  void shouldAnswerAMsgpackPingInKind() {
    Buffer pong = MsgpackClientFrames.pong("12");
    assertThat(pong.getByte(0)).isEqualTo((byte) 0x82);
    byte[] ping = {
      (byte) 0x82,
      (byte) 0xa4,
      't',
      'y',
      'p',
      'e',
      (byte) 0xa4,
      'p',
      'i',
      'n',
      'g',
      (byte) 0xa9,
      't',
      'i',
      'm',
      'e',
      's',
      't',
      'a',
      'm',
      'p',
      12
    };
    assertThat(MsgpackClientFrames.decode(Buffer.buffer(ping), 1000))
        .isEqualTo(new ClientFrame.Ping("12", Double.NaN));
  }
}
