package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages of other origins that embed the client: who may read the API's answers. */
class CrossOriginTest {
  private static final String FRIEND = "https://shop.example";
  private static final String STRANGER = "https://evil.example";
  private static final String ALLOWED = "access-control-allow-origin";

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(Map.of("gateway.allowed-origins", FRIEND));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static HttpWire.Answer get(String path, String... headers) throws IOException {
    return HttpWire.exchange(gateway.port(), "GET", path, null, headers);
  }

  private static HttpWire.Answer preflight(String origin) throws IOException {
    return HttpWire.exchange(
        gateway.port(),
        "OPTIONS",
        "/api/v1/tasks/u1/revoke",
        null,
        "Origin",
        origin,
        "Access-Control-Request-Method",
        "POST",
        "Access-Control-Request-Headers",
        "authorization,content-type,idempotency-key");
  }

  @Test
  void shouldLetAnAllowedOriginReadAnswersWithoutCookies() throws Exception {
    HttpWire.Answer answer = get("/api/v1/tasks", "Origin", FRIEND);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header(ALLOWED)).isEqualTo(FRIEND);
    assertThat(answer.header("vary").toLowerCase(java.util.Locale.ROOT)).contains("origin");
    assertThat(answer.headers()).doesNotContainKey("access-control-allow-credentials");
  }

  @Test
  void shouldAnswerThePreflightOfAnAllowedOriginsCommand() throws Exception {
    HttpWire.Answer answer = preflight(FRIEND);

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header(ALLOWED)).isEqualTo(FRIEND);
    assertThat(answer.header("access-control-allow-methods")).contains("POST");
    assertThat(answer.header("access-control-allow-headers").toLowerCase(java.util.Locale.ROOT))
        .contains("authorization", "content-type", "idempotency-key");
  }

  @Test
  void shouldRefuseAnyOtherOrigin() throws Exception {
    for (HttpWire.Answer answer :
        new HttpWire.Answer[] {preflight(STRANGER), get("/api/v1/tasks", "Origin", STRANGER)}) {
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.headers()).doesNotContainKey(ALLOWED);
    }
  }

  @Test
  void shouldTellThePagesOwnOriginNothingOfOthers() throws Exception {
    HttpWire.Answer own = get("/api/v1/tasks", "Origin", "http://localhost");

    assertThat(own.status()).isEqualTo(200);
    assertThat(own.headers()).doesNotContainKey(ALLOWED);
    assertThat(get("/api/v1/tasks").headers()).doesNotContainKey(ALLOWED);
  }
}
