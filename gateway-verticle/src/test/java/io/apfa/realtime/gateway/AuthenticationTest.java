package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may come in and do what, with tokens. */
class AuthenticationTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  static final Map<String, String> OPTIONS =
      Map.of(
          "auth.mode", "jwt",
          "auth.jwt.secret", SECRET,
          "auth.jwt.issuer", "https://issuer",
          "auth.jwt.audience", "apfa");

  private TestGateway gateway;

  @AfterEach
  void stop() {
    if (gateway != null) {
      gateway.close();
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static JsonObject claims(String user, String role) {
    return new JsonObject()
        .put("sub", user)
        .put("iss", "https://issuer")
        .put("aud", "apfa")
        .put("roles", new JsonArray().add(role))
        .put("exp", System.currentTimeMillis() / 1000 + 60);
  }

  private static String sign(JsonObject header, JsonObject claims, String secret) {
    try {
      String signed =
          base64(header.encode().getBytes(StandardCharsets.UTF_8))
              + "."
              + base64(claims.encode().getBytes(StandardCharsets.UTF_8));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return signed + "." + base64(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String token(JsonObject claims) {
    return sign(new JsonObject().put("alg", "HS256"), claims, SECRET);
  }

  private TestClient connect(String token) {
    return TestClient.connect(
        gateway.vertx,
        gateway.port(),
        "/eventbus/websocket",
        token == null ? Map.of() : Map.of("Authorization", "Bearer " + token));
  }

  @Test
  void shouldLetInWhoBringsATokenAtTheHandshakeOrInTheFirstFrame() {
    gateway = TestGateway.start(OPTIONS);
    String token = token(claims("ada", "viewer"));
    TestClient early = connect(token);
    early.register("celery:tasks", "ack", "1");
    assertThat(early.next().getString("type")).isEqualTo("registered");
    TestClient late = connect(null);
    late.pingThrough(1);
    assertThat(late.next().getString("type")).isEqualTo("pong");
    late.register("celery:tasks", "ack", "1", "Authorization", "Bearer " + token);
    assertThat(late.next().getString("type")).isEqualTo("registered");
  }

  @Test
  void shouldEndASessionThatRegistersWithoutAToken() {
    gateway = TestGateway.start(OPTIONS);
    TestClient client = connect(null);
    client.register("celery:tasks");
    assertThat(client.closeCode()).isEqualTo(3500);
  }

  @Test
  void shouldRefuseForgedUnsignedAndForeignTokens() {
    gateway = TestGateway.start(OPTIONS);
    JsonObject claims = claims("eve", "admin");
    JsonObject hs256 = new JsonObject().put("alg", "HS256");
    String none =
        base64("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + base64(claims.encode().getBytes(StandardCharsets.UTF_8))
            + ".";
    List<String> bad =
        List.of(
            none,
            sign(hs256, claims, "another secret of thirty-two chars"),
            sign(new JsonObject().put("alg", "none"), claims, SECRET),
            token(claims.copy().put("iss", "https://else")),
            token(claims.copy().put("aud", "else")),
            token(claims.copy().put("nbf", System.currentTimeMillis() / 1000 + 600)),
            "garbage",
            "a.b.c");
    for (String token : bad) {
      assertThat(connect(token).closeCode()).as(token).isEqualTo(3500);
      HttpResponse<String> call = gateway.get("/api/v1/tasks", "Authorization", "Bearer " + token);
      assertThat(call.statusCode()).isEqualTo(401);
    }
  }

  @Test
  void shouldSayThatATokenExpiredAtTheHandshakeAndLater() {
    gateway = TestGateway.start(OPTIONS);
    long now = System.currentTimeMillis() / 1000;
    assertThat(connect(token(claims("ada", "viewer").put("exp", now - 1))).closeCode())
        .isEqualTo(3006);
    TestClient soon = connect(token(claims("ada", "viewer").put("exp", now + 2)));
    assertThat(soon.closeCode()).isEqualTo(3006);
  }

  @Test
  void shouldRefreshATokenInALaterFrame() {
    gateway = TestGateway.start(OPTIONS);
    long now = System.currentTimeMillis() / 1000;
    TestClient client = connect(token(claims("ada", "viewer").put("exp", now + 3)));
    client.register(
        "celery:tasks", "ack", "1", "Authorization", "Bearer " + token(claims("ada", "viewer")));
    assertThat(client.next().getString("type")).isEqualTo("registered");
    org.awaitility.Awaitility.await()
        .during(java.time.Duration.ofSeconds(4))
        .atMost(java.time.Duration.ofSeconds(10))
        .until(() -> !client.closed.isDone());
  }

  @Test
  void shouldObeyRolesAndRooms() {
    gateway = TestGateway.start(OPTIONS);
    gateway.owner.publish(Task.builder("u1").state("STARTED").queue("mine").build());
    String limited =
        token(claims("bob", "operator").put("rooms", new JsonArray().add("celery:queue:mine")));
    TestClient bob = connect(limited);
    bob.register("celery:tasks");
    assertThat(bob.next().getString("failureType")).isEqualTo("FORBIDDEN");
    bob.register("celery:queue:mine", "ack", "1");
    assertThat(bob.next().getString("type")).isEqualTo("registered");
    String[] auth = {"Authorization", "Bearer " + limited};
    assertThat(gateway.get("/api/v1/tasks", auth).statusCode()).isEqualTo(403);
    assertThat(gateway.get("/api/v1/tasks?queue=mine", auth).statusCode()).isEqualTo(200);
    assertThat(gateway.get("/api/v1/tasks/u1", auth).statusCode()).isEqualTo(200);
    assertThat(gateway.get("/api/v1/workers", auth).statusCode()).isEqualTo(403);
    assertThat(gateway.get("/api/v1/rooms/celery:tasks/publications", auth).statusCode())
        .isEqualTo(403);

    String viewer = token(claims("vic", "viewer"));
    TestClient vic = connect(viewer);
    vic.send(
        new JsonObject()
            .put("type", "send")
            .put("address", "celery.revoke")
            .put("replyAddress", "r")
            .put("headers", new JsonObject().put("roles", "admin").put("user", "root"))
            .put("body", new JsonObject().put("uuid", "u1")));
    assertThat(vic.next().getString("failureType")).isEqualTo("FORBIDDEN");
    vic.register("celery:commands");
    assertThat(vic.next().getString("failureType")).isEqualTo("FORBIDDEN");
    assertThat(gateway.commands).isEmpty();
  }

  @Test
  void shouldGiveACookieAndAskForItsCsrfToken() {
    gateway = TestGateway.start(OPTIONS);
    String token = token(claims("ada", "operator"));
    assertThat(gateway.post("/api/v1/session", "").statusCode()).isEqualTo(401);
    HttpResponse<String> session =
        gateway.post("/api/v1/session", "", "Authorization", "Bearer " + token);
    assertThat(session.statusCode()).isEqualTo(200);
    String cookie = session.headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie).containsIgnoringCase("HttpOnly").contains("SameSite=Strict");
    String csrf = new JsonObject(session.body()).getString("csrfToken");
    String pair = cookie.substring(0, cookie.indexOf(';'));
    assertThat(gateway.get("/api/v1/tasks", "Cookie", pair).statusCode()).isEqualTo(200);
    assertThat(
            gateway
                .post(
                    "/api/v1/tasks/u1/revoke",
                    "{}",
                    "Content-Type",
                    "application/json",
                    "Cookie",
                    pair)
                .statusCode())
        .isEqualTo(403);
    assertThat(
            gateway
                .post(
                    "/api/v1/tasks/u1/revoke",
                    "{}",
                    "Content-Type",
                    "application/json",
                    "Cookie",
                    pair,
                    "X-CSRF-Token",
                    csrf)
                .statusCode())
        .isEqualTo(202);
    assertThat(gateway.commands.get(0).user()).isEqualTo("ada");
    TestClient client =
        TestClient.connect(
            gateway.vertx, gateway.port(), "/eventbus/websocket", Map.of("Cookie", pair));
    client.register("celery:tasks", "ack", "1");
    assertThat(client.next().getString("type")).isEqualTo("registered");
  }

  @Test
  void shouldKnowTheCookieOverSockJsToo() {
    gateway = TestGateway.start(OPTIONS);
    String cookie = "apfa_session=" + token(claims("ada", "viewer"));
    String session = "/eventbus/000/cookies1";
    String register =
        new JsonObject()
            .put("type", "register")
            .put("address", "celery:tasks")
            .put("headers", new JsonObject().put("ack", "1"))
            .encode();
    assertThat(gateway.post(session + "/xhr", "", "Cookie", cookie).body()).isEqualTo("o\n");
    assertThat(
            gateway
                .post(
                    session + "/xhr_send", new JsonArray().add(register).encode(), "Cookie", cookie)
                .statusCode())
        .isEqualTo(204);
    assertThat(gateway.post(session + "/xhr", "", "Cookie", cookie).body())
        .startsWith("a[")
        .contains("registered");
    assertThat(gateway.post(session + "/xhr", "").statusCode()).as("without it").isEqualTo(404);
  }

  @Test
  void shouldTellWhereOneSignsIn() {
    Map<String, String> options = new java.util.HashMap<>(OPTIONS);
    options.put("auth.jwt.login-url", "https://id.example/login");
    gateway = TestGateway.start(options);
    for (HttpResponse<String> refused :
        List.of(gateway.post("/api/v1/session", ""), gateway.get("/api/v1/tasks"))) {
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(new JsonObject(refused.body()).getString("loginUrl"))
          .isEqualTo("https://id.example/login");
    }
  }

  @Test
  void shouldNeverReadATokenFromAUrl() {
    gateway = TestGateway.start(OPTIONS);
    String token = token(claims("ada", "admin"));
    assertThat(gateway.get("/api/v1/tasks?token=" + token + "&access_token=" + token).statusCode())
        .isEqualTo(401);
  }

  @Test
  void shouldAskAPlainWebSocketForItsTokenInTheFirstMessage() {
    gateway = TestGateway.start(OPTIONS);
    TestClient client =
        TestClient.connect(
            gateway.vertx, gateway.port(), "/ws/celery/tasks?encoding=json", Map.of());
    client.send(new JsonObject().put("type", "auth").put("token", token(claims("ada", "viewer"))));
    TestClient probe = connect(token(claims("ada", "viewer")));
    probe.register("celery:tasks", "ack", "1");
    probe.next();
    gateway.owner.publish(Task.builder("u1").state("STARTED").build());
    assertThat(client.next().getString("type")).isEqualTo("batch_update");
  }

  @Test
  void shouldFollowARotatedJwkSetAndEndSessionsOfARemovedKey(@TempDir Path folder)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair first = generator.generateKeyPair();
    KeyPair second = generator.generateKeyPair();
    Path set = folder.resolve("jwks.json");
    Files.writeString(set, jwks("k1", first));
    gateway = TestGateway.start(Map.of("auth.mode", "jwt", "auth.jwt.jwks", set.toString()));
    TestClient client = connect(rs256("k1", first));
    client.register("celery:tasks", "ack", "1");
    assertThat(client.next().getString("type")).isEqualTo("registered");
    assertThat(connect(rs256("k1", second)).closeCode()).isEqualTo(3500);
    Files.writeString(set, jwks("k2", second));
    assertThat(client.closeCode()).isEqualTo(3502);
    TestClient next = connect(rs256("k2", second));
    next.register("celery:tasks", "ack", "1");
    assertThat(next.next().getString("type")).isEqualTo("registered");
  }

  private static String jwks(String id, KeyPair pair) {
    RSAPublicKey key = (RSAPublicKey) pair.getPublic();
    return new JsonObject()
        .put(
            "keys",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("kty", "RSA")
                        .put("kid", id)
                        .put("use", "sig")
                        .put("n", base64(unsigned(key.getModulus())))
                        .put("e", base64(unsigned(key.getPublicExponent())))))
        .encode();
  }

  private static byte[] unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static String rs256(String id, KeyPair pair) throws Exception {
    String signed =
        base64(
                new JsonObject()
                    .put("alg", "RS256")
                    .put("kid", id)
                    .encode()
                    .getBytes(StandardCharsets.UTF_8))
            + "."
            + base64(claims("ada", "viewer").encode().getBytes(StandardCharsets.UTF_8));
    Signature signer = Signature.getInstance("SHA256withRSA");
    signer.initSign(pair.getPrivate());
    signer.update(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + base64(signer.sign());
  }
}
