package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose {@code X-Forwarded-For} is believed, and who is behind it. */
class TrustedProxiesTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "192.168.1.128/25, 192.168.1.127, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "2001:db8::1, 2001:db8:0:0:0:0:0:1, true",
    "::/0, 2001:db8::1, true",
    "::/0, 10.0.0.1, false",
    "10.0.0.0/8, ::ffff:10.0.0.1, true",
    "fe80::/10, fe80::1%eth0, true",
    "10.0.0.0/8, proxy.example, false",
    "10.0.0.0/8, '', false"
  })
  void shouldTrustAddressesAndNetworks(String entry, String address, boolean trusted) {
    assertThat(TrustedProxies.of(List.of(entry)).contains(address)).isEqualTo(trusted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0/33",
        "fd00::/129",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0",
        "proxy.example",
        "proxy.example/24",
        "/8",
        "10.0.0.0/255.0.0.0"
      })
  void shouldRefuseWhatIsNoAddressAndNoNetwork(String entry) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrustedProxies.of(List.of("10.0.0.1", entry)))
        .withMessage(entry);
  }

  @Test
  void shouldBelieveNobodyByDefault() {
    assertThat(TrustedProxies.NONE.clientOf("127.0.0.1", "203.0.113.9")).isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, '203.0.113.9', 203.0.113.9",
    "10.0.0.1, 'made.up, 203.0.113.9, 10.2.3.4', 203.0.113.9",
    "10.0.0.1, '198.51.100.1, 203.0.113.9', 203.0.113.9",
    "10.0.0.1, '10.0.0.2, 10.0.0.3', 10.0.0.1",
    "10.0.0.1, '203.0.113.9:4711', 203.0.113.9",
    "10.0.0.1, '[2001:db8::1]:4711', 2001:db8::1",
    "10.0.0.1, '2001:db8::1', 2001:db8::1",
    "11.0.0.1, '203.0.113.9', 11.0.0.1"
  })
  void shouldNameTheLastAddressThatIsNoTrustedProxy(String peer, String forwarded, String client) {
    TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8"));
    assertThat(proxies.clientOf(peer, forwarded)).isEqualTo(client);
  }

  @Test
  void shouldNotKeepAClientsNovelAsItsAddress() {
    TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8"));
    assertThat(proxies.clientOf("10.0.0.1", "x".repeat(65))).isEqualTo("10.0.0.1");
  }
}
