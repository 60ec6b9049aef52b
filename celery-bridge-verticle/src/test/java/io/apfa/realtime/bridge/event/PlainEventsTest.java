package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What is read quickly is what the JSON parser reads. */
class PlainEventsTest {
  private static final String[] FIELDS = {
    "type",
    "uuid",
    "hostname",
    "name",
    "args",
    "kwargs",
    "root_id",
    "parent_id",
    "queue",
    "result",
    "exception",
    "traceback",
    "timestamp",
    "runtime",
    "pid",
    "clock",
    "retries",
    "eta",
    "expires",
    "utcoffset",
    "exchange",
    "routing_key",
    "sw_ident",
    "x",
    ""
  };
  private static final String[] VALUES = {
    "\"task-sent\"",
    "\"task-received\"",
    "\"task-succeeded\"",
    "\"task-mine\"",
    "\"worker-heartbeat\"",
    "\"orders.add\"",
    "\"(2, 'a\\\"b')\"",
    "\"{'password': 'hunter2'}\"",
    "\"\"",
    "\"line\\nline\\t\\u00e9\\u4e2d\"",
    "\"\\ud83d\\ude00\"",
    "\"lone \\ud800\"",
    "\"é raw\"",
    "\"bad \\x escape\"",
    "\"2026-11-25T01:02:03.5+00:00\"",
    "\"2026-11-25T01:02:03\"",
    "null",
    "nul",
    "true",
    "NaN",
    "Infinity",
    "0",
    "00",
    "7",
    "-7",
    "4711.0",
    "1795555942.25",
    "1795555942.2501235",
    "0.05018226499998946",
    "5.018e-05",
    "1E3",
    "1.",
    ".5",
    "1e",
    "99999999999999999999",
    "123456789012345678",
    "1.7976931348623157e308",
    "0.1000000000000000055511151231257827",
    "[1, 2]",
    "{\"a\": 1}",
    "\"unterminated"
  };

  private static Decoded decoded(byte[] json, boolean quick) {
    Decoded decoded = new Decoded();
    new EventDecoder(Redactor.of(Redactor.DEFAULT_PATTERNS), quick)
        .decode(json, 1_795_555_656_100L, decoded);
    return decoded;
  }

  private static void assertSame(String json) {
    assertSame(json.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertSame(byte[] json) {
    Decoded quick = decoded(json, true);
    Decoded parsed = decoded(json, false);
    String text = new String(json, StandardCharsets.UTF_8);
    assertThat(quick.events).as(text).isEqualTo(parsed.events);
    assertThat(quick.ignored).as(text).isEqualTo(parsed.ignored);
    assertThat(quick.malformed).as(text).isEqualTo(parsed.malformed);
  }

  @Provide
  Arbitrary<String> objects() {
    Arbitrary<String> member =
        Combinators.combine(
                Arbitraries.of(FIELDS), Arbitraries.of(VALUES), Arbitraries.of("", " ", "\n"))
            .as((field, value, space) -> "\"" + field + "\"" + space + ":" + space + value + space);
    String sender = "\"uuid\": \"u1\", \"hostname\": \"w1@a\", \"timestamp\": 1795555942.25";
    Arbitrary<String> head =
        Arbitraries.of("task-sent", "task-started", "task-mine", "worker-online")
            .map(type -> "\"type\": \"" + type + "\", " + sender);
    return Combinators.combine(head, member.list().ofMaxSize(4))
        .as(
            (first, members) ->
                "{" + first + (members.isEmpty() ? "" : ", " + String.join(",", members)) + "}");
  }

  @Provide
  Arbitrary<String> bodies() {
    Arbitrary<List<String>> lists = objects().list().ofMaxSize(4);
    Arbitrary<String> ends = Arbitraries.of("]", "] ", "]]", "", ",]", "} ]", "null]");
    return Arbitraries.oneOf(
        objects(),
        Combinators.combine(lists, ends).as((list, end) -> "[" + String.join(", ", list) + end));
  }

  @Property(tries = 4000)
  void shouldReadWhatTheParserReads(@ForAll("bodies") String body) {
    assertSame(body);
  }

  @Property(tries = 4000)
  void shouldReadWhatTheParserReadsWhateverByteIsChanged(
      @ForAll("bodies") String body, @ForAll int place, @ForAll byte value) {
    byte[] json = body.getBytes(StandardCharsets.UTF_8);
    json[Math.floorMod(place, json.length)] = value;
    assertSame(json);
  }

  @Property(tries = 2000)
  void shouldReadEveryDoubleAsTheParserDoes(@ForAll double value) {
    assertSame(
        "{\"type\": \"task-succeeded\", \"uuid\": \"u\", \"hostname\": \"h\", \"timestamp\": 1.5,"
            + " \"runtime\": "
            + Math.abs(value)
            + "}");
  }

  @Test
  void shouldReadEverythingOnceWhenAnEventInTheMiddleIsNotPlain() {
    String event =
        "{\"type\": \"%s\", \"uuid\": \"%s\", \"hostname\": \"h\", \"timestamp\": 1.5%s}";
    String body =
        "["
            + event.formatted("task-sent", "a", "")
            + ","
            + event.formatted("task-progress", "b", ", \"done\": [1]")
            + ","
            + event.formatted("task-started", "c", "")
            + "]";

    Decoded decoded = decoded(body.getBytes(StandardCharsets.UTF_8), true);

    assertThat(decoded.events).hasSize(3);
    assertThat(decoded.task(1).progress()).isEqualTo("{\"done\":[1]}");
    assertSame(body);
  }

  @Test
  void shouldFindNoSecretLessBecauseTextsWithoutItsLettersAreNotSearched() {
    assertThat(LiteralFilter.beginningOf("passw(or)?d")).isEqualTo("passw");
    assertThat(LiteralFilter.beginningOf("api[-_]?key")).isEqualTo("api");
    assertThat(LiteralFilter.beginningOf("ab?c")).isEqualTo("a");
    assertThat(LiteralFilter.beginningOf("(a|b)c")).isEmpty();
    assertThat(LiteralFilter.beginningOf("abc|def")).isEmpty();
    assertThat(LiteralFilter.beginningOf("ab\\(|cd")).isEmpty();
    Redactor any = Redactor.of(List.of("x|pin"));
    assertThat(any.redact("PIN=1234")).isEqualTo("PIN=[redacted]");
    Redactor own = Redactor.of(List.of("Pin(code)?"));
    assertThat(own.redact("my_pincode: 1234")).isEqualTo("my_pincode: [redacted]");
  }
}
