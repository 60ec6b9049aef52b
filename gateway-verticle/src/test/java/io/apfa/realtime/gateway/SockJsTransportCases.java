package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.gateway.HttpWire.Answer;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The cases of the SockJS protocol document 0.3.3 on the transports over HTTP: polling, streaming,
 * event source, html file, JSONP, the encoding, and how a session ends.
 */
interface SockJsTransportCases {
  String GO_AWAY = "c[3000,\"Go away!\"]\n";
  String FORM = "application/x-www-form-urlencoded";
  String HTML_HEAD =
      "<!doctype html>\n<html><head>\n"
          + "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
          + "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
          + "</head><body><h2>Don't panic!</h2>\n  <script>\n"
          + "    document.domain = document.domain;\n    var c = parent.callback;\n"
          + "    c.start();\n    function p(d) {c.message(d);};\n"
          + "    window.onload = function() {c.stop();};\n  </script>";

  SockJsMount mount();

  private static String type(String contentType) {
    return contentType.replace(" ", "");
  }

  private String begin() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo("o\n");
    return url;
  }

  private void send(String url, String... texts) throws IOException {
    Answer sent = mount().post(url + "/xhr_send", mount().payload(texts));
    assertThat(sent.status()).isEqualTo(204);
    assertThat(sent.body()).isEmpty();
  }

  /** As JavaScript's string literals have it. */
  private static String escaped(String frame) {
    return frame.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  @Test
  default void shouldOpenEchoAndRefuseASecondReceiver() throws IOException {
    String url = begin();
    send(url, "a");
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo(mount().frame("a") + "\n");
    assertThat(
            mount()
                .post(mount().echo() + "/000/bad_session/xhr_send", mount().payload("a"))
                .status())
        .isEqualTo(404);
    try (HttpWire first = new HttpWire(mount().port())) {
      first.out.write(
          ("POST " + url + "/xhr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      expectSecondReceiverRefused(url);
    }
  }

  /** The first poll is on its way to the server: asked again until it has arrived there. */
  private void expectSecondReceiverRefused(String url) {
    org.awaitility.Awaitility.await()
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (HttpWire second = new HttpWire(mount().port())) {
                second.socket.setSoTimeout(300);
                second.send("HTTP/1.1", "POST", url + "/xhr", "");
                assertThat(second.readBody())
                    .isEqualTo("c[2010,\"Another connection still open\"]\n");
              }
            });
  }

  @Test
  default void shouldGoOnSayingThatTheSessionIsClosed() throws IOException {
    String url = mount().closing() + SockJsMount.session();
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo("o\n");
    mount().provoke(url);
    if (mount().isBridge()) {
      assertThat(mount().post(url + "/xhr", "").body()).contains("DISCONNECT");
    }
    for (int i = 0; i < 2; i++) {
      Answer answer = mount().post(url + "/xhr", "");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(GO_AWAY);
    }
  }

  @Test
  default void shouldPoll() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    Answer opened = mount().post(url + "/xhr", "");
    assertThat(opened.status()).isEqualTo(200);
    assertThat(opened.body()).isEqualTo("o\n");
    assertThat(type(opened.header("content-type")))
        .isEqualTo("application/javascript;charset=UTF-8");
    SockJsCases.expectCors(opened, "");
    SockJsCases.expectNotCached(opened);
    Answer sent = mount().post(url + "/xhr_send", mount().payload("x"));
    assertThat(sent.status()).isEqualTo(204);
    assertThat(type(sent.header("content-type"))).isEqualTo("text/plain;charset=UTF-8");
    SockJsCases.expectCors(sent, "");
    SockJsCases.expectNotCached(sent);
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo(mount().frame("x") + "\n");
  }

  @Test
  default void shouldNotSendToASessionThatIsNotThere() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    assertThat(mount().post(url + "/xhr_send", mount().payload("x")).status()).isEqualTo(404);
  }

  @Test
  default void shouldRefuseBrokenAndMissingJsonAndGoOn() throws IOException {
    String url = begin();
    Answer broken = mount().post(url + "/xhr_send", "[\"x");
    assertThat(broken.status()).isEqualTo(500);
    assertThat(broken.body()).contains("Broken JSON encoding.");
    Answer missing = mount().post(url + "/xhr_send", "");
    assertThat(missing.status()).isEqualTo(500);
    assertThat(missing.body()).contains("Payload expected.");
    send(url, "a");
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo(mount().frame("a") + "\n");
  }

  @Test
  default void shouldTakeMessagesOfAnyContentType() throws IOException {
    String url = begin();
    String[] types = {
      "text/plain",
      "T",
      "application/json",
      "application/xml",
      "",
      "application/json; charset=utf-8",
      "text/xml; charset=utf-8",
      "text/xml"
    };
    String[] texts = new String[types.length];
    for (int i = 0; i < types.length; i++) {
      texts[i] = "a";
      Answer sent = mount().post(url + "/xhr_send", mount().payload("a"), "Content-Type", types[i]);
      assertThat(sent.status()).as(types[i]).isEqualTo(204);
      assertThat(sent.body()).isEmpty();
    }
    assertThat(mount().post(url + "/xhr", "").body()).isEqualTo(mount().frame(texts) + "\n");
  }

  @Test
  default void shouldAllowTheHeadersThatAreAskedFor() throws IOException {
    for (String asked : new String[] {"a, b, c", ""}) {
      Answer answer =
          mount()
              .post(
                  mount().echo() + SockJsMount.session() + "/xhr",
                  "",
                  "Access-Control-Request-Headers",
                  asked);
      assertThat(answer.status()).isEqualTo(200);
      SockJsCases.expectCors(answer, "");
      assertThat(answer.header("access-control-allow-headers")).isEqualTo(asked);
    }
    Answer none = mount().post(mount().echo() + SockJsMount.session() + "/xhr", "");
    SockJsCases.expectCors(none, "");
    assertThat(none.header("access-control-allow-headers")).isEmpty();
  }

  @Test
  default void shouldStream() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("POST", url + "/xhr_streaming")) {
      Answer head = new Answer(wire.status, wire.headers, "");
      assertThat(head.status()).isEqualTo(200);
      assertThat(type(head.header("content-type")))
          .isEqualTo("application/javascript;charset=UTF-8");
      SockJsCases.expectCors(head, "");
      SockJsCases.expectNotCached(head);
      assertThat(wire.readChunk()).isEqualTo("h".repeat(2048) + "\n");
      assertThat(wire.readChunk()).isEqualTo("o\n");
      send(url, "x");
      assertThat(wire.readChunk()).isEqualTo(mount().frame("x") + "\n");
    }
  }

  /** Frames come whole until the limit is passed; then the answer ends, the session does not. */
  private void expectLimit(HttpWire wire, String url, String before, String after)
      throws IOException {
    mount().flood(url);
    long bytes = 0;
    for (String chunk = wire.readChunk(); !chunk.isEmpty(); chunk = wire.readChunk()) {
      assertThat(chunk).startsWith(before + "a[").endsWith("]" + after);
      assertThat(bytes).as("before the last frame").isLessThan(mount().limitBytes());
      bytes += chunk.length();
    }
    assertThat(bytes).isGreaterThanOrEqualTo(mount().limitBytes());
    send(url, "a");
  }

  @Test
  default void shouldEndAStreamAtItsLimit() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(wire.readChunk()).isNotEmpty();
      assertThat(wire.readChunk()).isEqualTo("o\n");
      expectLimit(wire, url, "", "\n");
    }
  }

  @Test
  default void shouldServeAnEventSource() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("GET", url + "/eventsource")) {
      Answer head = new Answer(wire.status, wire.headers, "");
      assertThat(head.status()).isEqualTo(200);
      assertThat(type(head.header("content-type"))).isEqualTo("text/event-stream;charset=UTF-8");
      SockJsCases.expectNotCached(head);
      assertThat(wire.readChunk()).isEqualTo("\r\n");
      assertThat(wire.readChunk()).isEqualTo("data: o\r\n\r\n");
      send(url, "x");
      assertThat(wire.readChunk()).isEqualTo("data: " + mount().frame("x") + "\r\n\r\n");
      send(url, "  \u0000\n\r ");
      assertThat(wire.readChunk())
          .isEqualTo("data: " + mount().frame("  \u0000\n\r ") + "\r\n\r\n");
    }
  }

  @Test
  default void shouldEndAnEventSourceAtItsLimit() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("GET", url + "/eventsource")) {
      assertThat(wire.readChunk()).isNotEmpty();
      assertThat(wire.readChunk()).isEqualTo("data: o\r\n\r\n");
      expectLimit(wire, url, "data: ", "\r\n\r\n");
    }
  }

  @Test
  default void shouldServeAnHtmlFile() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("GET", url + "/htmlfile?c=%63allback")) {
      Answer head = new Answer(wire.status, wire.headers, "");
      assertThat(head.status()).isEqualTo(200);
      assertThat(type(head.header("content-type"))).isEqualTo("text/html;charset=UTF-8");
      SockJsCases.expectNotCached(head);
      String prelude = wire.readChunk();
      assertThat(prelude.strip()).isEqualTo(HTML_HEAD);
      assertThat(prelude.length()).isGreaterThan(1024);
      assertThat(wire.readChunk()).isEqualTo("<script>\np(\"o\");\n</script>\r\n");
      send(url, "x");
      assertThat(wire.readChunk())
          .isEqualTo("<script>\np(\"" + escaped(mount().frame("x")) + "\");\n</script>\r\n");
    }
  }

  @Test
  default void shouldAskForTheCallbackOfAnHtmlFile() throws IOException {
    Answer answer = mount().get(mount().echo() + "/a/a/htmlfile");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).contains("\"callback\" parameter required");
  }

  @Test
  default void shouldEndAnHtmlFileAtItsLimit() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire wire = mount().stream("GET", url + "/htmlfile?c=callback")) {
      assertThat(wire.readChunk()).isNotEmpty();
      assertThat(wire.readChunk()).isEqualTo("<script>\np(\"o\");\n</script>\r\n");
      expectLimit(wire, url, "<script>\np(\"", "\");\n</script>\r\n");
    }
  }

  @Test
  default void shouldAnswerOptionsOfPollingAndSending() throws IOException {
    for (String transport : new String[] {"/xhr", "/xhr_send"}) {
      ((SockJsCases) this).expectOptions(mount().echo() + "/abc/abc" + transport, "OPTIONS, POST");
    }
  }

  @Test
  default void shouldAnswerOptionsOfStreaming() throws IOException {
    ((SockJsCases) this).expectOptions(mount().echo() + "/abc/abc/xhr_streaming", "OPTIONS, POST");
  }

  /** Characters that JavaScript or a proxy would mangle if they were not escaped. */
  private static String mangled() {
    StringBuilder text = new StringBuilder();
    for (int c = 0xff; c <= 0xffff; c++) {
      boolean escapes =
          (c >= 0x200c && c <= 0x200f)
              || (c >= 0x2028 && c <= 0x202f)
              || (c >= 0x2060 && c <= 0x206f)
              || c >= 0xfff0;
      if (escapes) {
        text.append((char) c);
      }
    }
    return text.toString();
  }

  @Test
  default void shouldEscapeWhatWouldBeMangled() throws IOException {
    String url = begin();
    send(url, mangled());
    String body = mount().post(url + "/xhr", "").body();
    assertThat(body.chars()).allMatch(c -> c < 0x80);
    StringBuilder expected = new StringBuilder();
    mangled().chars().forEach(c -> expected.append(String.format("\\u%04x", c)));
    assertThat(body).contains(expected);
    assertThat(new JsonArray(body.substring(1)).getString(0)).isEqualTo(mount().answer(mangled()));
  }

  @Test
  default void shouldDecodeWhatAClientEscapes() throws IOException {
    String url = begin();
    List<String> texts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int c = 0x7f; c <= 0xffff; c += 7) {
      if (!Character.isSurrogate((char) c)) {
        text.append((char) c);
      }
      if (text.length() == SockJsMount.TEXT_LENGTH) {
        texts.add(text.toString());
        text.setLength(0);
      }
    }
    StringBuilder payload = new StringBuilder();
    mount()
        .payload(texts.toArray(new String[0]))
        .chars()
        .forEach(c -> payload.append(c < 0x7f ? "" + (char) c : String.format("\\u%04x", c)));
    assertThat(mount().post(url + "/xhr_send", payload.toString()).status()).isEqualTo(204);
    String body = mount().post(url + "/xhr", "").body();
    JsonArray answers = new JsonArray(body.substring(1));
    assertThat(answers).hasSameSizeAs(texts);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(answers.getString(i)).isEqualTo(mount().answer(texts.get(i)));
    }
  }

  @Test
  default void shouldSayGoAwayToAStreamAndToTheNext() throws IOException {
    String url = mount().closing() + SockJsMount.session();
    try (HttpWire first = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(first.readChunk()).isNotEmpty();
      assertThat(first.readChunk()).isEqualTo("o\n");
      mount().provoke(url);
      if (mount().isBridge()) {
        assertThat(first.readChunk()).contains("DISCONNECT");
      }
      assertThat(first.readChunk()).isEqualTo(GO_AWAY);
      try (HttpWire second = mount().stream("POST", url + "/xhr_streaming")) {
        assertThat(second.readChunk()).isNotEmpty();
        assertThat(second.readChunk()).isEqualTo(GO_AWAY);
        assertThat(first.readChunk()).isEmpty();
        assertThat(second.readChunk()).isEmpty();
      }
    }
  }

  private void expectSecondStreamRefused(String url) throws IOException {
    try (HttpWire second = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(second.readChunk()).isNotEmpty();
      assertThat(second.readChunk()).isEqualTo("c[2010,\"Another connection still open\"]\n");
      assertThat(second.readChunk()).isEmpty();
    }
  }

  @Test
  default void shouldRefuseASecondStream() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire first = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(first.readChunk()).isNotEmpty();
      assertThat(first.readChunk()).isEqualTo("o\n");
      expectSecondStreamRefused(url);
    }
  }

  @Test
  default void shouldEndTheSessionOfAStreamThatBroke() throws IOException {
    String url = mount().echo() + SockJsMount.session();
    try (HttpWire first = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(first.readChunk()).isNotEmpty();
      assertThat(first.readChunk()).isEqualTo("o\n");
      expectSecondStreamRefused(url);
    }
    org.awaitility.Awaitility.await()
        .untilAsserted(
            () -> {
              try (HttpWire third = mount().stream("POST", url + "/xhr_streaming")) {
                assertThat(third.readChunk()).isNotEmpty();
                assertThat(third.readChunk()).isIn("o\n", "c[1002,\"Connection interrupted\"]\n");
              }
            });
  }

  @Test
  default void shouldEndTheSessionOfAPollThatBroke() throws IOException {
    String url = begin();
    try (HttpWire first = new HttpWire(mount().port())) {
      first.out.write(
          ("POST " + url + "/xhr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      expectSecondReceiverRefused(url);
    }
    org.awaitility.Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(mount().post(url + "/xhr", "").body())
                    .isIn("o\n", "c[1002,\"Connection interrupted\"]\n"));
  }

  /** Whether JSONP is off, as it is on the bridge; then it is not to be found. */
  private boolean isWithoutJsonp() throws IOException {
    if (mount().isBridge()) {
      String url = mount().echo() + SockJsMount.session();
      assertThat(mount().get(url + "/jsonp?c=x").status()).isEqualTo(404);
      assertThat(
              mount().post(url + "/jsonp_send", "d=%5B%22x%22%5D", "Content-Type", FORM).status())
          .isEqualTo(404);
    }
    return mount().isBridge();
  }

  @Test
  default void shouldPollByJsonp() throws IOException {
    if (isWithoutJsonp()) {
      return;
    }
    for (String base : new String[] {mount().echo(), mount().withCookie()}) {
      String url = base + SockJsMount.session();
      Answer opened = mount().get(url + "/jsonp?c=%63allback");
      assertThat(opened.status()).isEqualTo(200);
      assertThat(type(opened.header("content-type")))
          .isEqualTo("application/javascript;charset=UTF-8");
      SockJsCases.expectNotCached(opened);
      assertThat(opened.body()).endsWith("callback(\"o\");\r\n");
      Answer sent = mount().post(url + "/jsonp_send", "d=%5B%22x%22%5D", "Content-Type", FORM);
      assertThat(sent.body()).isEqualTo("ok");
      assertThat(sent.status()).isEqualTo(200);
      assertThat(type(sent.header("content-type"))).isEqualTo("text/plain;charset=UTF-8");
      SockJsCases.expectNotCached(sent);
      assertThat(mount().get(url + "/jsonp?c=%63allback").body())
          .endsWith("callback(\"a[\\\"x\\\"]\");\r\n");
      if (base.equals(mount().withCookie())) {
        assertThat(opened.header("set-cookie")).startsWith("JSESSIONID=dummy");
        assertThat(sent.header("set-cookie")).startsWith("JSESSIONID=dummy");
      }
    }
  }

  @Test
  default void shouldAskForTheCallbackOfJsonp() throws IOException {
    if (isWithoutJsonp()) {
      return;
    }
    Answer answer = mount().get(mount().echo() + "/a/a/jsonp");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).contains("\"callback\" parameter required");
  }

  @Test
  default void shouldRefuseBrokenAndMissingJsonOfJsonp() throws IOException {
    if (isWithoutJsonp()) {
      return;
    }
    String url = mount().echo() + SockJsMount.session();
    assertThat(mount().get(url + "/jsonp?c=x").body()).endsWith("x(\"o\");\r\n");
    Answer broken = mount().post(url + "/jsonp_send", "d=%5B%22x", "Content-Type", FORM);
    assertThat(broken.status()).isEqualTo(500);
    assertThat(broken.body()).contains("Broken JSON encoding.");
    for (String data : new String[] {"", "d=", "p=p"}) {
      Answer missing = mount().post(url + "/jsonp_send", data, "Content-Type", FORM);
      assertThat(missing.status()).isEqualTo(500);
      assertThat(missing.body()).contains("Payload expected.");
    }
    assertThat(mount().post(url + "/jsonp_send", "d=%5B%22b%22%5D", "Content-Type", FORM).body())
        .isEqualTo("ok");
    assertThat(mount().get(url + "/jsonp?c=x").body()).endsWith("x(\"a[\\\"b\\\"]\");\r\n");
  }

  @Test
  default void shouldTakeJsonpMessagesOfTwoContentTypes() throws IOException {
    if (isWithoutJsonp()) {
      return;
    }
    String url = mount().echo() + SockJsMount.session();
    assertThat(mount().get(url + "/jsonp?c=x").body()).endsWith("x(\"o\");\r\n");
    assertThat(mount().post(url + "/jsonp_send", "d=%5B%22abc%22%5D", "Content-Type", FORM).body())
        .isEqualTo("ok");
    assertThat(
            mount().post(url + "/jsonp_send", "[\"%61bc\"]", "Content-Type", "text/plain").body())
        .isEqualTo("ok");
    assertThat(mount().get(url + "/jsonp?c=x").body())
        .endsWith("x(\"a[\\\"abc\\\",\\\"%61bc\\\"]\");\r\n");
  }

  @Test
  default void shouldCloseByJsonp() throws IOException {
    if (isWithoutJsonp()) {
      return;
    }
    String url = mount().closing() + SockJsMount.session();
    assertThat(mount().get(url + "/jsonp?c=x").body()).endsWith("x(\"o\");\r\n");
    for (int i = 0; i < 2; i++) {
      assertThat(mount().get(url + "/jsonp?c=x").body())
          .endsWith("x(\"c[3000,\\\"Go away!\\\"]\");\r\n");
    }
  }
}
