package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Dashboards and rules against a real Prometheus that scrapes the real jar under a little load. */
class LiveMonitoringTest {
  private static LiveSystem system;

  @BeforeAll
  static void start() {
    system = LiveSystem.start();
    AtomicInteger round = new AtomicInteger();
    await("every panel has data")
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              system.use(round.getAndIncrement());
              assertThat(Monitoring.panels())
                  .filteredOn(panel -> system.query(panel.expression()).isEmpty())
                  .isEmpty();
            });
    await("the lost recoveries are scraped")
        .atMost(Duration.ofSeconds(20))
        .until(() -> !system.query("apfa_gateway_recoveries_total{result=\"lost\"} > 0").isEmpty());
  }

  @AfterAll
  static void stop() {
    if (system != null) {
      system.close();
    }
  }

  @Test
  void shouldHaveDataInEveryPanel() throws IOException {
    Map<Monitoring.Query, List<Double>> results = new LinkedHashMap<>();
    Monitoring.panels().forEach(p -> results.put(p, system.query(p.expression())));
    StringBuilder table = new StringBuilder();
    results.forEach(
        (panel, values) ->
            table.append(
                "%s | %s | %d | %s%n"
                    .formatted(
                        panel, panel.expression(), values.size(), values.stream().findFirst())));
    Files.writeString(Path.of("target", "panels.txt"), table);
    assertThat(results).isNotEmpty().allSatisfy((p, values) -> assertThat(values).isNotEmpty());
  }

  @Test
  void shouldShowTheSpecificationsThreePanelsWordForWord() {
    assertThat(Monitoring.panels())
        .filteredOn(panel -> panel.from().equals("apfa-websocket"))
        .extracting(Monitoring.Query::expression)
        .contains(
            "apfa_ws_connections_total",
            "rate(apfa_ws_messages_sent_total[5m])",
            "rate(apfa_ws_message_size_bytes_sum[5m])"
                + " / rate(apfa_ws_message_size_bytes_count[5m])");
  }

  @Test
  void shouldReadOnlySeriesThatExist() {
    assertThat(Stream.of(Monitoring.alerts(), Monitoring.records(), Monitoring.panels()))
        .flatExtracting(queries -> queries)
        .flatExtracting(query -> Monitoring.selectors(query.expression()))
        .isNotEmpty()
        .allSatisfy(
            selector ->
                assertThat(system.query("count(" + selector + ")")).as(selector).isNotEmpty());
  }

  @Test
  void shouldEvaluateEveryRule() {
    JsonNode groups = system.ask("/api/v1/rules").at("/data/groups");
    List<JsonNode> rules = Manifests.deep(groups).filter(rule -> rule.has("health")).toList();
    assertThat(rules).hasSize(Monitoring.alerts().size() + Monitoring.records().size());
    assertThat(rules)
        .allSatisfy(
            rule -> assertThat(rule.path("health").asText()).as(rule.toString()).isEqualTo("ok"));
  }

  @Test
  void shouldGiveTheAutoscalerItsTwoFigures() {
    for (JsonNode metric :
        ManifestsTest.find(
                Manifests.render("overlays/prod"), "HorizontalPodAutoscaler/apfa-gateway")
            .at("/spec/metrics")) {
      String name = metric.at("/pods/metric/name").asText();
      assertThat(system.query(name + "{namespace!=\"\",pod!=\"\"}")).as(name).isNotEmpty();
      assertThat(Manifests.text(Manifests.K8S.resolve("monitoring/prometheus-adapter.yaml")))
          .contains("'" + name + "{");
    }
  }

  /**
   * Nothing is wrong with this system but what was done to it, so nothing else may be said. How
   * fast it is depends on the machine, so alerts about time are left to {@link AlertsTest}.
   */
  @Test
  void shouldNotRaiseTheAlarmWhenAllIsWell() {
    assertThat(Monitoring.alerts())
        .filteredOn(alert -> !alert.title().matches(".*(Burns|BurnsFast|Slow)"))
        .filteredOn(alert -> !system.query(alert.expression()).isEmpty())
        .extracting(Monitoring.Query::title)
        .containsExactly("ApfaRecoveryLost");
  }
}
