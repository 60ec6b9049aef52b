package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** RFC 6455 on the raw WebSocket, byte by byte. */
class RfcTest {
  private static final String PING = "{\"type\":\"ping\",\"timestamp\":7}";
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** One connection, after its handshake. */
  private static final class Wire implements AutoCloseable {
    final Socket socket;
    final OutputStream out;
    final DataInputStream in;

    Wire() throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
      socket.setSoTimeout(10_000);
      out = socket.getOutputStream();
      in = new DataInputStream(socket.getInputStream());
      out.write(
          ("GET /eventbus/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                  + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.readUnsignedByte());
      }
      assertThat(head).contains("101").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertThat(head).doesNotContain("permessage-deflate");
    }

    void send(int first, byte[] payload) throws IOException {
      out.write(SocketWire.maskedFrame(first, payload));
    }

    void send(int first, String payload) throws IOException {
      send(first, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** The next frame: its first byte, then its payload. */
    byte[] read() throws IOException {
      int first = in.readUnsignedByte();
      int length = in.readUnsignedByte();
      assertThat(length).as("server frames are unmasked").isLessThan(128);
      if (length == 126) {
        length = in.readUnsignedShort();
      }
      byte[] frame = new byte[length + 1];
      frame[0] = (byte) first;
      in.readFully(frame, 1, length);
      return frame;
    }

    String readText() throws IOException {
      byte[] frame = read();
      assertThat(frame[0]).isEqualTo((byte) 0x81);
      return new String(frame, 1, frame.length - 1, StandardCharsets.UTF_8);
    }

    int readCloseCode() throws IOException {
      byte[] frame = read();
      assertThat(frame[0]).isEqualTo((byte) 0x88);
      return ((frame[1] & 0xff) << 8) | (frame[2] & 0xff);
    }

    /** The connection ends without an answer, or with 1002: RFC 6455, section 7.1.7 allows both. */
    void expectFailed() throws IOException {
      int first = in.read();
      if (first >= 0) {
        assertThat(first).isEqualTo(0x88);
        assertThat(in.readUnsignedByte()).isGreaterThanOrEqualTo(2);
        assertThat(in.readUnsignedShort()).isEqualTo(1002);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void shouldTakeAMessageInFragmentsAlsoWithAnEmptyFirstOne() throws IOException {
    try (Wire wire = new Wire()) {
      wire.send(0x01, "");
      wire.send(0x00, PING.substring(0, 5));
      wire.send(0x89, "between");
      wire.send(0x80, PING.substring(5));
      byte[] pong = wire.read();
      assertThat(pong[0]).isEqualTo((byte) 0x8a);
      assertThat(new String(pong, 1, pong.length - 1, StandardCharsets.UTF_8)).isEqualTo("between");
      assertThat(wire.readText()).isEqualTo("{\"type\":\"pong\",\"timestamp\":7}");
    }
  }

  @Test
  void shouldRefuseAHandshakeWithoutAKeyOrOfAnUnknownVersion() throws IOException {
    String[] upgrade = {"Upgrade", "websocket", "Connection", "Upgrade"};
    HttpWire.Answer withoutVersion =
        HttpWire.exchange(gateway.port(), "GET", "/eventbus/websocket", null, upgrade);
    assertThat(withoutVersion.status()).isEqualTo(400);
    HttpWire.Answer withoutKey =
        HttpWire.exchange(
            gateway.port(),
            "GET",
            "/eventbus/websocket",
            null,
            "Upgrade",
            "websocket",
            "Connection",
            "Upgrade",
            "Sec-WebSocket-Version",
            "13");
    assertThat(withoutKey.status()).isEqualTo(400);
    HttpWire.Answer unknown =
        HttpWire.exchange(
            gateway.port(),
            "GET",
            "/eventbus/websocket",
            null,
            "Upgrade",
            "websocket",
            "Connection",
            "Upgrade",
            "Sec-WebSocket-Key",
            SocketWire.KEY,
            "Sec-WebSocket-Version",
            "99");
    assertThat(unknown.status()).isEqualTo(426);
    assertThat(unknown.header("sec-websocket-version")).isEqualTo("13");
  }

  @Test
  void shouldCloseOnTextThatIsNotUtf8AlsoAcrossFragments() throws IOException {
    try (Wire wire = new Wire()) {
      wire.send(0x81, new byte[] {(byte) 0xc3, (byte) 0x28});
      assertThat(wire.readCloseCode()).isEqualTo(1007);
    }
    try (Wire wire = new Wire()) {
      wire.send(0x01, new byte[] {(byte) 0xc3});
      wire.send(0x80, new byte[] {(byte) 0x28});
      assertThat(wire.readCloseCode()).isEqualTo(1007);
    }
  }

  @Test
  void shouldCloseOnReservedBitsUnknownOpcodesAndOrphanedFragments() throws IOException {
    for (int first : new int[] {0xc1, 0xa1, 0x91, 0x83, 0x8b, 0x80, 0x09}) {
      try (Wire wire = new Wire()) {
        wire.send(first, "x");
        wire.expectFailed();
      }
    }
  }

  @Test
  void shouldCloseOnAnUnmaskedFrame() throws IOException {
    try (Wire wire = new Wire()) {
      wire.out.write(new byte[] {(byte) 0x81, 1, 'x'});
      wire.expectFailed();
    }
  }

  @Test
  void shouldEchoACloseAndAnswerAPing() throws IOException {
    try (Wire wire = new Wire()) {
      wire.send(0x89, "");
      assertThat(wire.read()).isEqualTo(new byte[] {(byte) 0x8a});
      wire.send(0x88, new byte[] {(byte) 0x03, (byte) 0xe8});
      assertThat(wire.readCloseCode()).isEqualTo(1000);
      assertThat(wire.in.read()).isEqualTo(-1);
    }
  }

  @Test
  void shouldKeepTextWithAllOfUnicode() throws IOException {
    try (Wire wire = new Wire()) {
      wire.send(0x81, "{\"type\":\"ping\",\"timestamp\":\"é𝄞\"}");
      assertThat(new JsonObject(wire.readText()).getString("timestamp")).isEqualTo("é𝄞");
    }
  }
}
