package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.gateway.HttpWire.Answer;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * The cases of the SockJS protocol document 0.3.3 on WebSockets, of RFC 6455 and of the drafts
 * before it.
 */
interface SockJsSocketCases {
  SockJsMount mount();

  private SocketWire open(String base) throws IOException {
    SocketWire wire = SocketWire.open(mount().port(), base + SockJsMount.session() + "/websocket");
    assertThat(wire.receive()).isEqualTo("o");
    return wire;
  }

  private void expectEcho(SocketWire wire, String text) throws IOException {
    wire.sendText(mount().payload(text));
    assertThat(wire.receive()).isEqualTo(mount().frame(text));
  }

  @Test
  default void shouldRefuseAPlainRequestToAWebSocket() throws IOException {
    Answer answer = mount().get(mount().echo() + "/0/0/websocket");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("Can \"Upgrade\" only to \"WebSocket\".");
  }

  @Test
  default void shouldRefuseAnUpgradeWhoseConnectionHeaderWasRewritten() throws IOException {
    Answer answer =
        mount()
            .get(mount().echo() + "/0/0/websocket", "Upgrade", "WebSocket", "Connection", "close");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  default void shouldTakeOnlyGetForAWebSocket() throws IOException {
    for (String[] headers :
        new String[][] {{"Upgrade", "WebSocket", "Connection", "Upgrade"}, {}}) {
      Answer answer = mount().post(mount().echo() + "/0/0/websocket", "", headers);
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.headers()).doesNotContainKey("content-type");
      assertThat(answer.header("allow")).isNotEmpty();
      assertThat(answer.body()).isEmpty();
    }
  }

  @Test
  default void shouldEchoAndIgnoreEmptyMessages() throws IOException {
    try (SocketWire wire = open(mount().echo())) {
      wire.sendText("");
      expectEcho(wire, "a");
    }
  }

  @Test
  default void shouldSayGoAwayAndClose() throws IOException {
    try (SocketWire wire = open(mount().closing())) {
      if (mount().isBridge()) {
        wire.sendText("[\"{nonsense\"]");
        assertThat(wire.receive()).contains("DISCONNECT");
      }
      assertThat(wire.receive()).isEqualTo("c[3000,\"Go away!\"]");
      assertThatThrownBy(wire::receive).isInstanceOf(EOFException.class);
    }
  }

  @Test
  default void shouldServeTwoSocketsOfOneSessionId() throws IOException {
    String path = mount().echo() + SockJsMount.session() + "/websocket";
    try (SocketWire first = SocketWire.open(mount().port(), path);
        SocketWire second = SocketWire.open(mount().port(), path)) {
      assertThat(first.receive()).isEqualTo("o");
      assertThat(second.receive()).isEqualTo("o");
      expectEcho(first, "a");
      expectEcho(second, "b");
    }
    try (SocketWire again = SocketWire.open(mount().port(), path)) {
      assertThat(again.receive()).isEqualTo("o");
      expectEcho(again, "a");
    }
  }

  @Test
  default void shouldHaveTheRightHeadersInEveryVersion() throws IOException {
    for (String version : new String[] {"7", "8", "13"}) {
      String path = mount().echo() + SockJsMount.session() + "/websocket";
      try (SocketWire wire = new SocketWire(mount().port(), path, version, "Upgrade")) {
        assertThat(wire.http.status).as(version).isEqualTo(101);
        assertThat(wire.http.headers.get("sec-websocket-accept")).isEqualTo(SocketWire.ACCEPT);
        assertThat(wire.http.headers.get("connection")).isEqualToIgnoringCase("upgrade");
        assertThat(wire.http.headers.get("upgrade")).isEqualToIgnoringCase("websocket");
        assertThat(wire.http.headers).doesNotContainKey("content-length");
        assertThat(wire.receive()).isEqualTo("o");
        expectEcho(wire, version);
      }
    }
  }

  @Test
  default void shouldCloseOnBrokenJson() throws IOException {
    try (SocketWire wire = open(mount().echo())) {
      wire.sendText("[\"a");
      assertThatThrownBy(
              () -> {
                while (true) {
                  assertThat(wire.receive()).startsWith("c[");
                }
              })
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  default void shouldTakeTheConnectionHeaderOfFirefox6() throws IOException {
    String path = mount().echo() + SockJsMount.session() + "/websocket";
    try (SocketWire wire = new SocketWire(mount().port(), path, "7", "keep-alive, Upgrade")) {
      assertThat(wire.http.status).isEqualTo(101);
    }
  }

  @Test
  default void shouldEchoOnTheRawWebSocketInEveryVersion() throws IOException {
    for (String version : new String[] {"7", "8", "13"}) {
      String path = mount().echo() + "/websocket";
      try (SocketWire wire = new SocketWire(mount().port(), path, version, "Upgrade")) {
        assertThat(wire.http.status).isEqualTo(101);
        wire.sendText(mount().message("Hello world!\uffff"));
        assertThat(wire.receive()).isEqualTo(mount().answer("Hello world!\uffff"));
      }
    }
  }

  @Test
  default void shouldCloseTheRawWebSocket() throws IOException {
    try (SocketWire wire = SocketWire.open(mount().port(), mount().closing() + "/websocket")) {
      if (mount().isBridge()) {
        wire.sendText("{nonsense");
      }
      assertThatThrownBy(wire::receive).isInstanceOf(EOFException.class);
    }
  }

  private HixieWire openHixie(String base) throws IOException {
    HixieWire wire = new HixieWire(mount().port(), base + SockJsMount.session() + "/websocket");
    assertThat(wire.receive()).isEqualTo("o");
    return wire;
  }

  private void expectEcho(HixieWire wire, String text) throws IOException {
    wire.sendText(mount().payload(text));
    assertThat(wire.receive()).isEqualTo(mount().frame(text));
  }

  @Test
  default void shouldEchoInHixie76() throws IOException {
    try (HixieWire wire = openHixie(mount().echo())) {
      expectEcho(wire, "a");
    }
  }

  @Test
  default void shouldSayGoAwayInHixie76() throws IOException {
    try (HixieWire wire = openHixie(mount().closing())) {
      if (mount().isBridge()) {
        wire.sendText("[\"{nonsense\"]");
        assertThat(wire.receive()).contains("DISCONNECT");
      }
      assertThat(wire.receive()).isEqualTo("c[3000,\"Go away!\"]");
      assertThatThrownBy(wire::receive).isInstanceOf(EOFException.class);
    }
  }

  @Test
  default void shouldIgnoreEmptyMessagesInHixie76() throws IOException {
    try (HixieWire wire = openHixie(mount().echo())) {
      wire.sendText("");
      expectEcho(wire, "a");
    }
  }

  @Test
  default void shouldServeTwoSocketsOfOneSessionIdInHixie76() throws IOException {
    String path = mount().echo() + SockJsMount.session() + "/websocket";
    try (HixieWire first = new HixieWire(mount().port(), path);
        HixieWire second = new HixieWire(mount().port(), path)) {
      assertThat(first.receive()).isEqualTo("o");
      assertThat(second.receive()).isEqualTo("o");
      expectEcho(first, "a");
      expectEcho(second, "b");
    }
  }

  @Test
  default void shouldHaveTheRightHeadersAndNonceInHixie76() throws IOException {
    String path = mount().echo() + SockJsMount.session() + "/websocket";
    try (HixieWire wire = new HixieWire(mount().port(), path)) {
      assertThat(wire.http.headers.get("connection")).isEqualToIgnoringCase("upgrade");
      assertThat(wire.http.headers.get("upgrade")).isEqualToIgnoringCase("websocket");
      assertThat(wire.http.headers.get("sec-websocket-location"))
          .isEqualTo("ws://localhost" + path);
      assertThat(wire.http.headers.get("sec-websocket-origin")).isEqualTo("http://localhost");
      assertThat(wire.http.headers).doesNotContainKey("content-length");
    }
  }

  @Test
  default void shouldCloseOnBrokenJsonInHixie76() throws IOException {
    try (HixieWire wire = openHixie(mount().echo())) {
      wire.sendText("[\"a");
      assertThatThrownBy(
              () -> {
                while (true) {
                  assertThat(wire.receive()).startsWith("c[");
                }
              })
          .isInstanceOf(EOFException.class);
    }
  }
}
