package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.gateway.HttpWire.Answer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * The cases of the SockJS protocol document 0.3.3 on its static URLs: greeting, iframe page, info,
 * session URLs, cookies, HTTP/1.0 and 1.1.
 */
interface SockJsCases {
  /** Later revisions of the document have {@code no-transform}, against proxies that buffer. */
  String NOT_CACHED = "no-store, no-cache, no-transform, must-revalidate, max-age=0";

  SockJsMount mount();

  private static String type(Answer answer) {
    return answer.header("content-type").replace(" ", "");
  }

  /** {@code Access-Control-*} as the document wants them for {@code origin}; empty = none sent. */
  static void expectCors(Answer answer, String origin) {
    String expected = origin.isEmpty() || origin.equals("null") ? "*" : origin;
    assertThat(answer.header("access-control-allow-origin")).isEqualTo(expected);
    assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
  }

  static void expectNotCached(Answer answer) {
    assertThat(answer.header("cache-control")).isEqualTo(NOT_CACHED);
    assertThat(answer.headers()).doesNotContainKeys("expires", "last-modified");
  }

  default void expectOptions(String path, String methods) throws IOException {
    for (String origin : new String[] {"", "test", "null"}) {
      Answer answer =
          origin.isEmpty() ? mount().options(path) : mount().options(path, "Origin", origin);
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.header("cache-control"))
          .contains("public")
          .matches(".*max-age=[1-9]\\d{6,}.*");
      assertThat(answer.header("expires")).isNotEmpty();
      assertThat(Long.parseLong(answer.header("access-control-max-age"))).isGreaterThan(1_000_000);
      assertThat(answer.header("access-control-allow-methods")).isEqualTo(methods);
      assertThat(answer.body()).isEmpty();
      expectCors(answer, origin);
    }
  }

  @Test
  default void shouldGreetAtTheBaseUrl() throws IOException {
    for (String path : new String[] {mount().echo(), mount().echo() + "/"}) {
      Answer answer = mount().get(path);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(type(answer)).isEqualTo("text/plain;charset=UTF-8");
      assertThat(answer.body()).isEqualTo("Welcome to SockJS!\n");
      assertThat(answer.headers()).doesNotContainKey("set-cookie");
    }
  }

  @Test
  default void shouldNotFindOtherSimplePaths() throws IOException {
    for (String suffix : new String[] {"/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/"}) {
      assertThat(mount().get(mount().echo() + suffix).status()).as(suffix).isEqualTo(404);
    }
  }

  private void expectIframe(String suffix) throws IOException {
    Answer answer = mount().get(mount().echo() + suffix);
    assertThat(answer.status()).as(suffix).isEqualTo(200);
    assertThat(type(answer)).isEqualTo("text/html;charset=UTF-8");
    assertThat(answer.header("cache-control"))
        .contains("public")
        .matches(".*max-age=[1-9]\\d{6,}.*");
    assertThat(answer.header("expires")).isNotEmpty();
    assertThat(answer.header("etag")).isNotEmpty();
    assertThat(answer.headers()).doesNotContainKeys("last-modified", "set-cookie");
    assertThat(answer.body().strip())
        .matches(
            "(?s)<!DOCTYPE html>\n<html>\n<head>\n"
                + "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
                + "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
                + "  <script>\n    document.domain = document.domain;\n"
                + "    _sockjs_onload = function\\(\\)\\{SockJS.bootstrap_iframe\\(\\);\\};\n"
                + "  </script>\n  <script src=\"(/|http)[^\"]*\"></script>\n</head>\n<body>\n"
                + "  <h2>Don't panic!</h2>\n  <p>This is a SockJS hidden iframe."
                + " It's used for cross domain magic.</p>\n</body>\n</html>");
  }

  @Test
  default void shouldServeTheIframePage() throws IOException {
    expectIframe("/iframe.html");
  }

  @Test
  default void shouldServeTheIframePageUnderAnyVersion() throws IOException {
    for (String version : new String[] {"a", "", "0.1.2", "0.1.2abc-dirty.2144"}) {
      expectIframe("/iframe-" + version + ".html");
    }
  }

  @Test
  default void shouldServeTheIframePageWithAQuery() throws IOException {
    for (String version : new String[] {"a", "0.1.2", "0.1.2abc-dirty.2144"}) {
      expectIframe("/iframe-" + version + ".html?t=123414");
    }
  }

  @Test
  default void shouldNotFindMalformedIframePages() throws IOException {
    for (String suffix :
        new String[] {
          "/iframe.htm",
          "/iframe",
          "/IFRAME.HTML",
          "/IFRAME",
          "/iframe.HTML",
          "/iframe.xml",
          "/iframe-/.html"
        }) {
      assertThat(mount().get(mount().echo() + suffix).status()).as(suffix).isEqualTo(404);
    }
  }

  @Test
  default void shouldLetTheIframePageBeCached() throws IOException {
    String path = mount().echo() + "/iframe.html";
    String etag = mount().get(path).header("etag");
    assertThat(etag).isNotEmpty().isEqualTo(mount().get(path).header("etag"));
    Answer again = mount().get(path, "If-None-Match", etag);
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.headers()).doesNotContainKey("content-type");
    assertThat(again.body()).isEmpty();
  }

  @Test
  default void shouldTellItsAbilitiesAsInfo() throws IOException {
    Answer answer = mount().get(mount().echo() + "/info");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(type(answer)).isEqualTo("application/json;charset=UTF-8");
    assertThat(answer.headers()).doesNotContainKey("set-cookie");
    expectNotCached(answer);
    expectCors(answer, "");
    JsonObject info = new JsonObject(answer.body());
    assertThat(info.getBoolean("websocket")).isTrue();
    assertThat(info.getBoolean("cookie_needed")).isNotNull();
    assertThat(info.getJsonArray("origins")).containsExactly("*:*");
    assertThat(info.getValue("entropy")).isInstanceOf(Number.class);
  }

  @Test
  default void shouldGiveEntropyThatDiffers() throws IOException {
    long first = new JsonObject(mount().get(mount().echo() + "/info").body()).getLong("entropy");
    long second = new JsonObject(mount().get(mount().echo() + "/info").body()).getLong("entropy");
    assertThat(first).isNotEqualTo(second);
  }

  @Test
  default void shouldAnswerOptionsOfInfo() throws IOException {
    expectOptions(mount().echo() + "/info", "OPTIONS, GET");
  }

  @Test
  default void shouldAnswerAStarToANullOrigin() throws IOException {
    Answer answer = mount().options(mount().echo() + "/info", "Origin", "null");
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("*");
  }

  @Test
  default void shouldSayWhetherWebSocketsAreDisabled() throws IOException {
    Answer answer = mount().get(mount().withoutSockets() + "/info");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getBoolean("websocket")).isEqualTo(mount().isBridge());
  }

  @Test
  default void shouldTakeAnyServerAndSession() throws IOException {
    for (String part : new String[] {"/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20"}) {
      Answer answer = mount().post(mount().echo() + part + "/xhr", "");
      assertThat(answer.status()).as(part).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("o\n");
    }
  }

  @Test
  default void shouldNotFindEmptyOrDottedSessions() throws IOException {
    for (String part : new String[] {"//", "/a./a", "/a/a.", "/./.", "/", "///"}) {
      assertThat(mount().get(mount().echo() + part + "/xhr").status()).as(part).isEqualTo(404);
      assertThat(mount().post(mount().echo() + part + "/xhr", "").status()).as(part).isEqualTo(404);
    }
  }

  @Test
  default void shouldIgnoreTheServerInTheUrl() throws IOException {
    String id = SockJsMount.session().substring("/000".length());
    assertThat(mount().post(mount().echo() + "/000" + id + "/xhr", "").body()).isEqualTo("o\n");
    assertThat(
            mount().post(mount().echo() + "/000" + id + "/xhr_send", mount().payload("a")).status())
        .isEqualTo(204);
    assertThat(mount().post(mount().echo() + "/999" + id + "/xhr", "").body())
        .isEqualTo(mount().frame("a") + "\n");
  }

  @Test
  default void shouldSayWhetherACookieIsNeeded() throws IOException {
    Answer answer = mount().get(mount().withCookie() + "/info");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).doesNotContainKey("set-cookie");
    assertThat(new JsonObject(answer.body()).getBoolean("cookie_needed"))
        .isEqualTo(!mount().isBridge());
  }

  /** The bridge sets no cookie of SockJS. */
  private void expectCookie(Answer answer, String value) {
    if (mount().isBridge()) {
      assertThat(answer.headers()).doesNotContainKey("set-cookie");
    } else {
      assertThat(answer.header("set-cookie").toLowerCase(java.util.Locale.ROOT))
          .matches("jsessionid=" + value + "; *path=/.*");
    }
  }

  @Test
  default void shouldSetTheCookieWhenPolling() throws IOException {
    Answer answer = mount().post(mount().withCookie() + SockJsMount.session() + "/xhr", "");
    assertThat(answer.body()).isEqualTo("o\n");
    expectCookie(answer, "dummy");
    Answer own =
        mount()
            .post(
                mount().withCookie() + SockJsMount.session() + "/xhr",
                "",
                "Cookie",
                "JSESSIONID=abcdef");
    assertThat(own.body()).isEqualTo("o\n");
    expectCookie(own, "abcdef");
  }

  private void expectCookieOfStream(String verb, String transport) throws IOException {
    String path = mount().withCookie() + SockJsMount.session() + transport;
    try (HttpWire wire = mount().stream(verb, path)) {
      assertThat(wire.status).isEqualTo(200);
      expectCookie(new Answer(wire.status, wire.headers, ""), "dummy");
    }
  }

  @Test
  default void shouldSetTheCookieWhenStreaming() throws IOException {
    expectCookieOfStream("POST", "/xhr_streaming");
  }

  @Test
  default void shouldSetTheCookieForAnEventSource() throws IOException {
    expectCookieOfStream("GET", "/eventsource");
  }

  @Test
  default void shouldSetTheCookieForAnHtmlFile() throws IOException {
    expectCookieOfStream("GET", "/htmlfile?c=%63allback");
  }

  @Test
  default void shouldAnswerHttp10WithoutChunks() throws IOException {
    try (HttpWire wire = new HttpWire(mount().port())) {
      wire.send("HTTP/1.0", "GET", mount().echo(), null, "Connection", "Keep-Alive");
      assertThat(wire.status).isEqualTo(200);
      assertThat(wire.headers).doesNotContainKey("transfer-encoding");
      assertThat(wire.readBody()).isEqualTo("Welcome to SockJS!\n");
      if (wire.headers.getOrDefault("connection", "").equalsIgnoreCase("keep-alive")) {
        wire.send("HTTP/1.0", "GET", mount().echo(), null, "Connection", "Keep-Alive");
        assertThat(wire.status).isEqualTo(200);
      } else {
        assertThat(wire.isClosed()).isTrue();
      }
    }
  }

  @Test
  default void shouldStreamToHttp10WithoutChunks() throws IOException {
    String url = mount().closing() + SockJsMount.session();
    try (HttpWire wire = new HttpWire(mount().port())) {
      wire.send("HTTP/1.0", "POST", url + "/xhr_streaming", "", "Connection", "Keep-Alive");
      assertThat(wire.status).isEqualTo(200);
      assertThat(wire.headers).doesNotContainKeys("transfer-encoding", "content-length");
      assertThat(wire.readBytes(2049)).startsWith("h");
      assertThat(wire.readBytes(2)).isEqualTo("o\n");
      mount().provoke(url);
      if (mount().isBridge()) {
        assertThat(wire.readLine()).contains("DISCONNECT");
      }
      assertThat(wire.readBytes(19)).isEqualTo("c[3000,\"Go away!\"]\n");
      assertThat(wire.isClosed()).isTrue();
    }
  }

  @Test
  default void shouldKeepAHttp11ConnectionAlive() throws IOException {
    try (HttpWire wire = new HttpWire(mount().port())) {
      for (int i = 0; i < 2; i++) {
        wire.send("HTTP/1.1", "GET", mount().echo(), null, "Connection", "Keep-Alive");
        assertThat(wire.status).isEqualTo(200);
        assertThat(wire.headers.getOrDefault("connection", "keep-alive"))
            .isEqualToIgnoringCase("keep-alive");
        assertThat(wire.readBody()).isEqualTo("Welcome to SockJS!\n");
      }
    }
  }

  @Test
  default void shouldStreamToHttp11InChunks() throws IOException {
    String url = mount().closing() + SockJsMount.session();
    try (HttpWire wire = mount().stream("POST", url + "/xhr_streaming")) {
      assertThat(wire.headers.get("transfer-encoding")).isEqualTo("chunked");
      assertThat(wire.headers).doesNotContainKey("content-length");
      assertThat(wire.readChunk()).startsWith("h");
      assertThat(wire.readChunk()).isEqualTo("o\n");
      mount().provoke(url);
      if (mount().isBridge()) {
        assertThat(wire.readChunk()).contains("DISCONNECT");
      }
      assertThat(wire.readChunk()).isEqualTo("c[3000,\"Go away!\"]\n");
      assertThat(wire.readChunk()).isEmpty();
    }
  }
}
