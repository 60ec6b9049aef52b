package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apfa.realtime.runtime.OptionsReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a gateway accepts as its options. */
class GatewayOptionsTest {
  private static GatewayOptions read(Map<String, String> values) {
    OptionsReader reader = new OptionsReader(values);
    GatewayOptions options = GatewayOptions.from(reader, List.of("celery"));
    reader.finish();
    return options;
  }

  @Test
  void shouldListenOnLoopbackWithoutTokensByDefault() {
    GatewayOptions options = read(Map.of());
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(8080);
    assertThat(options.auth().required()).isFalse();
    assertThat(options.allowedHosts()).containsExactly("localhost", "127.0.0.1", "[::1]");
  }

  @Test
  void shouldRefuseAnOpenHostWithoutTokensAndSayEveryProblemAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                read(
                    Map.of(
                        "gateway.http.host", "0.0.0.0",
                        "gateway.http.port", "70000",
                        "gateway.http.tls.cert", "nowhere.pem")))
        .withMessageContaining("auth.mode")
        .withMessageContaining("gateway.http.port")
        .withMessageContaining("gateway.http.tls.cert");
  }

  @Test
  void shouldNameTheProxyThatIsNoAddressAndNoNetwork() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Map.of("gateway.trusted-proxies", "10.0.0.0/8, proxy.example")))
        .withMessageContaining("gateway.trusted-proxies: \"proxy.example\" (expected: ")
        .withMessageContaining("10.0.0.0/8, fd00::1");
    assertThat(read(Map.of("gateway.trusted-proxies", "10.0.0.0/8, fd00::/8")).trustedProxies())
        .satisfies(proxies -> assertThat(proxies.contains("fd00::7")).isTrue());
  }

  @Test
  void shouldRefuseALoginUrlThatIsAScript() {
    for (String url : List.of("javascript:alert(1)", "data:text/html,x", "login", "https://a b")) {
      assertThatIllegalArgumentException()
          .as(url)
          .isThrownBy(() -> read(Map.of("auth.jwt.login-url", url)))
          .withMessageContaining("auth.jwt.login-url");
    }
    for (String url : List.of("https://id.example/login?to=x", "http://id/", "/login")) {
      assertThat(read(Map.of("auth.jwt.login-url", url)).auth().loginUrl()).isEqualTo(url);
    }
  }

  @Test
  void shouldAskForOneKindOfKeyAndNeverShowIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Map.of("auth.mode", "jwt")))
        .withMessageContaining("auth.jwt.jwks");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Map.of("auth.mode", "jwt", "auth.jwt.secret", "hunter2")))
        .withMessageContaining("32 characters")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
    GatewayOptions options =
        read(Map.of("auth.mode", "jwt", "auth.jwt.secret", "0123456789abcdef0123456789abcdef"));
    assertThat(options.toString()).doesNotContain("0123456789");
    assertThat(options.allowedHosts()).isEmpty();
  }
}
