package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LimitsParserTest {
  private static final Path CONF = Path.of(System.getProperty("apfa.root", ".."), "conf");

  @Test
  void shouldFindEveryLimitWithItsDefaultUnitAndBoundsInTheShippedFile() throws IOException {
    String yaml = Files.readString(CONF.resolve("limits.yaml"));
    assertThat(LimitsParser.parse(yaml)).isEqualTo(LimitPolicy.DEFAULTS);
    for (LimitKey limit : LimitKey.values()) {
      String name = limit.key().substring(limit.key().indexOf('.') + 1);
      assertThat(yaml)
          .as(limit.key())
          .containsPattern(
              "(?m)^  "
                  + name
                  + ": "
                  + LimitsParser.number(limit.defaultValue())
                  + " +# "
                  + limit.unit()
                  + ", "
                  + LimitsParser.number(limit.min())
                  + " to "
                  + LimitsParser.number(limit.max()));
    }
  }

  @Test
  void shouldReadTheLowLatencyProfile() throws IOException {
    Limits limits =
        LimitsParser.parse(Files.readString(CONF.resolve("limits-low-latency.yaml"))).common();
    assertThat(limits.get(LimitKey.SESSION_MESSAGES_PER_SECOND)).isEqualTo(200);
    assertThat(limits.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS)).isEqualTo(5);
  }

  @Test
  void shouldTellAllProblemsAtOnceEachWithKeyValueAndWhatWasExpected() {
    assertThatThrownBy(
            () ->
                LimitsParser.parse(
                    "session:\n  burst: 0\n  messages-per-second: many\nbatch:\n  sise: 50\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            session.burst: "0" (expected: 1 to 1000 permits)
            session.messages-per-second: "many" (expected: 0.1 to 1000 permits/s)
            batch.sise: "50" (expected: a known limit; see conf/limits.yaml)""");
  }

  @Test
  void shouldRefuseAHoldThatEndsBeforeAPermitComes() {
    assertThatThrownBy(() -> LimitsParser.parse("session: {messages-per-second: 1}"))
        .hasMessageContaining("session.max-hold-millis: 500 (expected: at least")
        .hasMessageContaining("1000 ms");
  }

  @Test
  void shouldRefuseTextThatIsNoYamlAndYamlThatIsNoMapping() {
    assertThatThrownBy(() -> LimitsParser.parse("session: [")).hasMessageContaining("not YAML");
    assertThatThrownBy(() -> LimitsParser.parse("- 1")).hasMessageContaining("expected: a mapping");
  }

  @Test
  void shouldTakeAnEmptyFileAsAllDefaults() {
    assertThat(LimitsParser.parse("# nothing\n")).isEqualTo(LimitPolicy.DEFAULTS);
  }
}
