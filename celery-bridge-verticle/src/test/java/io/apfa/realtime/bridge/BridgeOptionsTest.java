package io.apfa.realtime.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.bridge.source.RedisTransport;
import io.apfa.realtime.runtime.OptionsReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BridgeOptionsTest {
  @Test
  void shouldHaveTheDefaultsOfTheContract() {
    BridgeOptions options =
        BridgeOptions.from(new OptionsReader(Map.of()), "redis://127.0.0.1:1/0");

    assertThat(options.sources()).hasSize(1);
    SourceOptions source = options.sources().get(0);
    assertThat(source.name()).isEqualTo("celery");
    assertThat(source.brokerUrl()).isEqualTo("redis://127.0.0.1:1/0");
    assertThat(source.resultBackendUrl()).isEqualTo("redis://127.0.0.1:1/0");
    assertThat(source.eventExchange()).isEqualTo("celeryev");
    assertThat(source.controlExchange()).isEqualTo("celery");
    assertThat(options.triggerAllow()).containsExactly("*");
    assertThat(options.commandDeadline()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void shouldReadFurtherSources() {
    OptionsReader reader =
        new OptionsReader(
            Map.of(
                "broker.url", "amqp://guest@h//",
                "sources.orders.url", "redis://h/1",
                "sources.orders.global-keyprefix", "o:",
                "trigger.allow", "a.*, b"));
    BridgeOptions options = BridgeOptions.from(reader, "");
    reader.finish();

    assertThat(options.sources())
        .extracting(SourceOptions::name)
        .containsExactly("celery", "orders");
    assertThat(options.sources().get(0).resultBackendUrl()).isEmpty();
    assertThat(options.sources().get(1).transport().keyPrefix()).isEqualTo("o:");
    assertThat(options.triggerAllow()).containsExactly("a.*", "b");
  }

  @Test
  void shouldReadTheTransportOptionsOfASource() {
    OptionsReader reader =
        new OptionsReader(
            Map.of(
                "broker.fanout-prefix", "false",
                "broker.fanout-patterns", "false",
                "broker.sep", ":",
                "broker.priority-steps", "0, 1,9",
                "sources.orders.url", "redis://h/1",
                "sources.orders.fanout-prefix", "/{db}.shop."));
    BridgeOptions options = BridgeOptions.from(reader, "redis://h/0");
    reader.finish();

    assertThat(options.sources().get(0).transport())
        .isEqualTo(new RedisTransport("", "", false, ":", List.of(0, 1, 9)));
    assertThat(options.sources().get(1).transport().fanoutPrefix()).isEqualTo("/{db}.shop.");
    assertThat(options.sources().get(1).transport().prioritySteps()).containsExactly(0, 3, 6, 9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3,1", "a", "-1", "1,1", ",", "0,1000"})
  void shouldRefuseStepsThatAreNotAscending(String steps) {
    OptionsReader reader = new OptionsReader(Map.of("broker.priority-steps", steps));
    BridgeOptions.from(reader, "redis://h/0");

    assertThatThrownBy(reader::finish).hasMessageContaining("broker.priority-steps");
  }

  @Test
  void shouldTellEveryProblemWithoutPasswords() {
    OptionsReader reader =
        new OptionsReader(
            Map.of(
                "broker.url", "http://u:hunter2@h",
                "sources.bad.name.url", "redis://h",
                "sources.x.url", "redis://u:hunter2@h/nodb",
                "redact.patterns", "(",
                "commands.deadline", "soon"));
    BridgeOptions.from(reader, "");
    assertThatThrownBy(reader::finish)
        .hasMessageContaining("broker.url: \"http://…\"")
        .hasMessageContaining("sources.x.url")
        .hasMessageContaining("redact.patterns: \"(\"")
        .hasMessageContaining("commands.deadline")
        .hasMessageNotContaining("hunter2");
  }
}
