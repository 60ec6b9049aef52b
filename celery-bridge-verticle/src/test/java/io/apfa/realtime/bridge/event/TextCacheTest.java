package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextCacheTest {
  private static String ascii(TextCache cache, String text) {
    byte[] bytes = ("…" + text).getBytes(StandardCharsets.UTF_8);
    return cache.getAscii(bytes, 3, bytes.length);
  }

  @Test
  void shouldGiveEqualTextsOneObjectWhicheverWayTheyCome() {
    TextCache cache = new TextCache();
    String first = ascii(cache, "orders.add");
    assertThat(ascii(cache, "orders.add")).isSameAs(first);
    assertThat(cache.get("orders.add")).isSameAs(first);
  }

  @Test
  void shouldGiveEachTextItselfWhenMoreComeThanItHasPlacesFor() {
    TextCache cache = new TextCache();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 20_000; i++) {
        assertThat(ascii(cache, "task-" + i)).isEqualTo("task-" + i);
      }
    }
  }

  @Test
  void shouldKeepTextsThatAreNoAscii() {
    TextCache cache = new TextCache();
    assertThat(cache.get("café ☕")).isEqualTo("café ☕");
    assertThat(cache.get("café ☕")).isEqualTo("café ☕");
  }

  @Test
  void shouldDoOnceWhatIsDoneToAText() {
    List<String> done = new ArrayList<>();
    TextCache cache =
        new TextCache(
            text -> {
              done.add(text);
              return text + "!";
            });
    assertThat(ascii(cache, "a")).isEqualTo("a!").isSameAs(ascii(cache, "a"));
    assertThat(done).containsExactly("a");
  }

  @Test
  void shouldNotKeepALongText() {
    TextCache cache = new TextCache();
    String text = "x".repeat(10_000);
    assertThat(ascii(cache, text)).isEqualTo(text).isNotSameAs(ascii(cache, text));
  }
}
