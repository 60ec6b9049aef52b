package io.apfa.realtime.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a client of MQTT 3.1.1 says that wants the messages of one topic, and who publishes them:
 * quality of service 0, no keep-alive.
 */
final class MqttPackets {
  private static final int CONNECT = 0x10;
  private static final int PUBLISH = 0x30;
  private static final int SUBSCRIBE = 0x82;
  private static final int CLEAN_SESSION = 0x02;
  private static final int LEVEL_OF_3_1_1 = 4;
  private static final String TOPIC = "fanout";

  private MqttPackets() {}

  /** The request that makes a connection a WebSocket of MQTT. */
  static String upgrade(String path) {
    String request = IdleClients.upgrade(path);
    int end = request.length() - "\r\n".length();
    return request.substring(0, end) + "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
  }

  /** A session that the server names, and forgets when it ends. */
  static byte[] connect() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, "MQTT");
    body.write(LEVEL_OF_3_1_1);
    body.write(CLEAN_SESSION);
    number(body, 0);
    text(body, "");
    return packet(CONNECT, body);
  }

  static byte[] subscribe() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    number(body, 1);
    text(body, TOPIC);
    body.write(0);
    return packet(SUBSCRIBE, body);
  }

  static byte[] publish(String payload) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, TOPIC);
    body.writeBytes(payload.getBytes(StandardCharsets.UTF_8));
    return packet(PUBLISH, body);
  }

  /** A packet of less than 126 bytes as a binary frame; the mask is zero. */
  static ByteBuffer frame(byte[] packet) {
    ByteBuffer frame = ByteBuffer.allocate(packet.length + 6);
    frame.put((byte) 0x82).put((byte) (0x80 | packet.length)).putInt(0);
    return frame.put(packet).flip();
  }

  private static byte[] packet(int kind, ByteArrayOutputStream body) {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(kind);
    int left = body.size();
    do {
      int digit = left & 0x7f;
      left >>= 7;
      packet.write(left > 0 ? digit | 0x80 : digit);
    } while (left > 0);
    packet.writeBytes(body.toByteArray());
    return packet.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void number(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }
}
