package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Task;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
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
    TestClient after = gateway.connect();
    after.pingThrough(1);
    assertThat(after.next().getString("type")).isEqualTo("pong");
    gateway.close();
  }

  private int upgradeStatus(String uri, Map<String, String> headers) {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions().setHost("127.0.0.1").setPort(gateway.port()).setURI(uri);
    headers.forEach(options::putHeader);
    try {
      TestGateway.await(gateway.vertx.createWebSocketClient().connect(options));
      return 101;
    } catch (IllegalStateException e) {
      Throwable cause = e.getCause().getCause();
      return ((UpgradeRejectedException) cause).getStatus();
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

  private int rawStatus(String request) throws Exception {
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
  void shouldCloseOnDeepNestingAndGzipBombsAndHugeLengths() throws Exception {
    TestClient deep = gateway.connect();
    deep.socket.writeTextMessage(
        "{\"type\":\"send\",\"address\":\"celery.revoke\",\"body\":"
            + "[".repeat(500)
            + "]".repeat(500)
            + "}");
    assertThat(deep.closeCode()).isEqualTo(3503);

    TestClient bomb =
        TestClient.connect(gateway.vertx, gateway.port(), "/ws/celery/tasks", Map.of());
    bomb.socket.writeBinaryMessage(
        Buffer.buffer(io.apfa.realtime.protocol.Gzip.compress(new byte[20_000_000], 9)));
    assertThat(bomb.closeCode()).isEqualTo(3503);

    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("GET /eventbus/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                  + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      socket.setSoTimeout(10_000);
      assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).endsWith("101");
      out.write(
          new byte[] {
            (byte) 0x81,
            (byte) 0xff,
            0,
            0,
            0,
            0,
            (byte) 0xff,
            (byte) 0xff,
            (byte) 0xff,
            (byte) 0xff,
            1,
            2,
            3,
            4
          });
      assertThat(in.readAllBytes()).isNotEmpty();
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
