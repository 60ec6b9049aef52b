package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Task;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What somebody hostile may try; the gateway serves the others all the while. */
class AttackTest {
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = TestGateway.start();
  }

  @AfterEach
  void stop() {
    Awaitility.await().until(() -> upgradeStatus("/eventbus/websocket", Map.of()) == 101);
    TestClient after = gateway.connect();
    after.pingThrough(1);
    assertThat(after.next().getString("type")).isEqualTo("pong");
    gateway.close();
  }

  /**
   * The status a handshake is answered with, from a bare socket: Vert.x's client sometimes reports
   * a refused handshake whose connection is closed at once as one without an answer.
   */
  private int upgradeStatus(String uri, Map<String, String> headers) {
    StringBuilder request = new StringBuilder("GET " + uri + " HTTP/1.1\r\n");
    request.append("Host: 127.0.0.1:").append(gateway.port()).append("\r\n");
    request.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    request.append("Sec-WebSocket-Version: 13\r\n");
    request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    headers.forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
    try {
      return rawStatus(request.append("\r\n").toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldTurnForeignOriginsAwayBeforeTheUpgrade() {
    for (String uri :
        new String[] {
          "/eventbus/websocket", "/ws/celery/tasks", "/eventbus/000/abcdefgh/websocket"
        }) {
      assertThat(upgradeStatus(uri, Map.of("Origin", "https://evil.example"))).isEqualTo(403);
      assertThat(upgradeStatus(uri, Map.of("Origin", "null"))).isEqualTo(403);
      assertThat(upgradeStatus(uri, Map.of("Origin", gateway.url("")))).isEqualTo(101);
    }
  }

  @Test
  void shouldTurnForeignHostsAwayAgainstDnsRebinding() throws Exception {
    for (String path : new String[] {"/", "/api/v1/tasks", "/eventbus/info"}) {
      assertThat(rawStatus("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
          .isEqualTo(403);
    }
    assertThat(rawStatus("GET / HTTP/1.1\r\nHost: localhost:1234\r\n\r\n")).isEqualTo(200);
  }

  private int rawStatus(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] line = socket.getInputStream().readNBytes(12);
      return Integer.parseInt(new String(line, 9, 3, StandardCharsets.US_ASCII));
    }
  }

  @Test
  void shouldAnswer503OverTheConnectRate() {
    gateway.limits(Limits.DEFAULTS.with(LimitKey.GATEWAY_CONNECTS_PER_SECOND, 1), 1);
    Awaitility.await()
        .until(
            () ->
                gateway.node.limits().get().get(LimitKey.GATEWAY_CONNECTS_PER_SECOND) == 1.0
                    && upgradeStatus("/eventbus/websocket", Map.of()) == 503);
    assertThat(gateway.post("/eventbus/000/ratelimt/xhr", "").statusCode()).isIn(503, 200);
    gateway.limits(Limits.DEFAULTS, 2);
    Awaitility.await().until(() -> upgradeStatus("/eventbus/websocket", Map.of()) == 101);
  }

  @Test
  void shouldRefuseABurstOfConnectsAtSmallConstantCostAndLeaveTheOthersAlone() throws Exception {
    int count = Integer.getInteger("apfa.burst.connects", 10_000);
    int perSecond = 100;
    gateway.limits(Limits.DEFAULTS.with(LimitKey.GATEWAY_CONNECTS_PER_SECOND, perSecond), 1);
    Awaitility.await()
        .until(
            () ->
                gateway.node.limits().get().get(LimitKey.GATEWAY_CONNECTS_PER_SECOND) == perSecond);
    TestClient calm = gateway.connect();
    calm.register("celery:tasks", "ack", "1");
    assertThat(calm.next().getString("type")).isEqualTo("registered");
    long startedNanos = System.nanoTime();
    long cpuNanos = eventLoopCpuNanos();
    try (ConnectBurst burst = new ConnectBurst(gateway.port())) {
      Thread publisher =
          new Thread(
              () -> {
                for (int i = 1; i <= 100; i++) {
                  gateway.owner.publish(Task.builder("u" + i).state("STARTED").build());
                }
              });
      publisher.start();
      burst.run(count);
      publisher.join();
      double seconds = (System.nanoTime() - startedNanos) / 1e9;
      assertThat(burst.answers.keySet()).containsOnly(101, 503);
      assertThat(burst.answers.get(101)).isLessThanOrEqualTo((int) (perSecond * (seconds + 2)));
      assertThat((eventLoopCpuNanos() - cpuNanos) / count)
          .as("CPU of the event loops per connect, ns")
          .isLessThan(1_000_000);
    }
    gateway.limits(Limits.DEFAULTS, 2);
    long heard = 0;
    while (heard < 100) {
      JsonObject body = calm.next().getJsonObject("body");
      assertThat(body.getLong("from")).isEqualTo(heard + 1);
      heard = body.getLong("offset");
    }
  }

  private static long eventLoopCpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long nanos = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("vert.x-eventloop")) {
        nanos += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
      }
    }
    return nanos;
  }

  @Test
  void shouldCloseSessionsBeyondTheNodesNumberWith3003() {
    gateway.limits(Limits.DEFAULTS.with(LimitKey.GATEWAY_SESSIONS_PER_NODE, 1), 1);
    Awaitility.await()
        .until(() -> gateway.node.limits().get().getInt(LimitKey.GATEWAY_SESSIONS_PER_NODE) == 1);
    TestClient first = gateway.connect();
    first.pingThrough(1);
    first.next();
    TestClient second = gateway.connect();
    assertThat(second.closeCode()).isEqualTo(3003);
    gateway.limits(Limits.DEFAULTS, 2);
    Awaitility.await()
        .until(() -> gateway.node.limits().get().getInt(LimitKey.GATEWAY_SESSIONS_PER_NODE) > 1);
    first.socket.close();
  }

  @Test
  void shouldRefuseOneRoomTooMany() {
    gateway.limits(Limits.DEFAULTS.with(LimitKey.SESSION_MAX_ROOMS, 2), 1);
    Awaitility.await()
        .until(() -> gateway.node.limits().get().getInt(LimitKey.SESSION_MAX_ROOMS) == 2);
    TestClient client = gateway.connect();
    for (int i = 0; i < 3; i++) {
      client.register("celery:task:u" + i);
    }
    assertThat(client.next().getString("failureType")).isEqualTo("RATE_EXCEEDED");
  }

  @Test
  void shouldCloseWhoSendsWithoutEnd() {
    TestClient client = gateway.connect();
    for (int i = 0; i < 3000 && !client.closed.isDone(); i++) {
      client.send(new JsonObject().put("type", "ping"));
    }
    assertThat(client.closeCode()).isEqualTo(3004);
  }

  @Test
  void shouldCloseOnDeepNestingInJson() {
    TestClient deep = gateway.connect();
    deep.socket.writeTextMessage(
        "{\"type\":\"send\",\"address\":\"celery.revoke\",\"body\":"
            + "[".repeat(500)
            + "]".repeat(500)
            + "}");
    assertThat(deep.closeCode()).isEqualTo(3503);
  }

  private int closeCodeOfBinary(Buffer message) {
    TestClient client =
        TestClient.connect(gateway.vertx, gateway.port(), "/ws/celery/tasks", Map.of());
    client.socket.writeBinaryMessage(message);
    return client.closeCode();
  }

  @Test
  void shouldCloseOnAGzipBombAndInflateNoMoreThanTheLimit() {
    byte[] bomb = Gzip.compress(new byte[50_000_000], 9);
    assertThat(bomb).hasSizeLessThan(60_000);
    long before = allocatedByEventLoops();
    assertThat(closeCodeOfBinary(Buffer.buffer(bomb))).isEqualTo(3503);
    int limit = Limits.DEFAULTS.getInt(LimitKey.GATEWAY_MAX_INFLATED_BYTES);
    assertThat(allocatedByEventLoops() - before).isLessThan(10L * limit);
    assertThat(closeCodeOfBinary(Buffer.buffer(Gzip.compress(bomb, 9)))).isEqualTo(3503);
  }

  private static long allocatedByEventLoops() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("vert.x-eventloop")) {
        bytes += threads.getThreadAllocatedBytes(thread.getThreadId());
      }
    }
    return bytes;
  }

  @Test
  void shouldCloseOnDeepNestingInMsgpack() {
    for (int opening : new int[] {0x91, 0x81}) {
      Buffer deep = Buffer.buffer();
      for (int i = 0; i < 30_000; i++) {
        deep.appendByte((byte) opening);
        if (opening == 0x81) {
          deep.appendByte((byte) 0xa1).appendByte((byte) 'k');
        }
      }
      assertThat(closeCodeOfBinary(deep.appendByte((byte) 0xc0))).isEqualTo(3503);
    }
  }

  @Test
  void shouldCloseOnMsgpackThatClaimsLengthsOf32Bits() {
    int[] lengthsOf32Bits = {0xc6, 0xc9, 0xdb, 0xdd, 0xdf};
    for (int kind : lengthsOf32Bits) {
      for (long length : new long[] {0xffff_ffffL, 0x7fff_ffffL}) {
        Buffer claim = Buffer.buffer().appendByte((byte) kind).appendUnsignedInt(length);
        assertThat(closeCodeOfBinary(claim.appendByte((byte) 1))).isEqualTo(3503);
      }
    }
  }

  @Test
  void shouldCloseOnAWebSocketFrameThatClaimsALengthOf32Or63Bits() throws Exception {
    for (long length : new long[] {0xffff_ffffL, 0x7fff_ffffL, Long.MAX_VALUE}) {
      try (SocketWire wire = SocketWire.open(gateway.port(), "/eventbus/websocket")) {
        ByteBuffer frame = ByteBuffer.allocate(15).put((byte) 0x81).put((byte) 0xff);
        frame.putLong(length).putInt(0x01020304).put((byte) 'x');
        wire.http.out.write(frame.array(), 0, frame.capacity());
        byte[] farewell = wire.http.in.readAllBytes();
        assertThat(farewell.length == 0 || farewell[0] == (byte) 0x88).isTrue();
      }
    }
  }

  @Test
  void shouldEndARequestWhoseBodyDripsWithoutEnd() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                  + "Content-Type: application/json\r\n\r\n{")
              .getBytes(StandardCharsets.US_ASCII));
      socket.setSoTimeout(500);
      Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .until(
              () -> {
                try {
                  out.write(' ');
                  return socket.getInputStream().read() == -1;
                } catch (SocketTimeoutException e) {
                  return false;
                } catch (SocketException e) {
                  return true;
                }
              });
    }
  }

  @Test
  void shouldEndAConnectionThatSendsItsRequestWithoutEnd() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
      socket.setSoTimeout((int) Duration.ofSeconds(40).toMillis());
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void shouldNotLetTheEnvelopeSmuggleAnythingIn() {
    TestClient client = gateway.connect();
    client.socket.writeTextMessage(
        "{\"type\":\"send\",\"address\":\"celery.revoke\",\"replyAddress\":\"r\",\"user\":\"root\","
            + "\"remote\":\"9.9.9.9\",\"headers\":{\"user\":\"root\",\"X-Forwarded-For\":\"9.9.9.9\"},"
            + "\"body\":{\"uuid\":\"u1\"}}");
    assertThat(client.next().getString("type")).isEqualTo("rec");
    assertThat(gateway.commands.get(0).user()).isEqualTo("anyone");
    assertThat(gateway.commands.get(0).remote()).isEqualTo("127.0.0.1");
  }

  @Test
  void shouldKeepMarkupInTaskNamesAsText() {
    gateway.owner.publish(
        Task.builder("u1").state("STARTED").name("</script><script>alert(1)</script>").build());
    assertThat(gateway.get("/api/v1/tasks").headers().firstValue("content-type"))
        .contains("application/json");
    assertThat(gateway.get("/api/v1/tasks").headers().firstValue("x-content-type-options"))
        .contains("nosniff");
  }
}
