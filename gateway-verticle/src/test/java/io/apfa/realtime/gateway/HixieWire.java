package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket of draft hixie-76: a nonce instead of a version, texts between 0x00 and 0xff.
 * Confined to the test's thread.
 */
final class HixieWire implements AutoCloseable {
  /** The draft's own answer to the keys and the nonce below. */
  private static final byte[] EXPECTED = {
    (byte) 0xca,
    0x34,
    0,
    (byte) 0xd8,
    (byte) 0xa5,
    8,
    0x47,
    (byte) 0x97,
    0x2c,
    (byte) 0xd5,
    0x71,
    0x5a,
    (byte) 0xba,
    (byte) 0xbf,
    0x43,
    0x7b
  };

  final HttpWire http;

  HixieWire(int port, String path) throws IOException {
    http = new HttpWire(port);
    http.out.write(
        ("GET "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
                + "Origin: http://localhost\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
                + "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\naaaaaaaa")
            .getBytes(StandardCharsets.US_ASCII));
    http.readHead();
    assertThat(http.status).isEqualTo(101);
    assertThat(http.in.readNBytes(16)).isEqualTo(EXPECTED);
  }

  void sendText(String text) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0);
    frame.write(text.getBytes(StandardCharsets.UTF_8));
    frame.write(0xff);
    http.out.write(frame.toByteArray());
  }

  /** The next text; {@link EOFException} once the other side has closed. */
  String receive() throws IOException {
    if (http.in.readUnsignedByte() != 0) {
      throw new EOFException("closed");
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int c = http.in.readUnsignedByte(); c != 0xff; c = http.in.readUnsignedByte()) {
      text.write(c);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
