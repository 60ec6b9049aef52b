package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each alert, fed with series: silent for what is well, firing for what is not. */
class AlertsTest {
  /**
   * One case: series in promtool's notation, a sample a minute.
   *
   * @param fires whether the alert must fire after {@code minutes}
   */
  private record Case(String alert, boolean fires, int minutes, Map<String, String> series) {}

  private static final int HOUR = 60;

  private static final List<Case> CASES = new ArrayList<>();

  private static void pair(
      String alert, int minutes, String series, String well, String ill, String... constant) {
    for (boolean fires : new boolean[] {false, true}) {
      Map<String, String> all = new LinkedHashMap<>();
      all.put(series, fires ? ill : well);
      for (int i = 0; i < constant.length; i += 2) {
        all.put(constant[i], constant[i + 1]);
      }
      CASES.add(new Case(alert, fires, minutes, all));
    }
  }

  /** {@code late} of 1,000 observations a minute are not within {@code le} seconds. */
  private static String within(int late) {
    return "0+" + (1000 - late) + "x400";
  }

  /** At 14.4 and 6 times the budget, just under and just over it. */
  private static void burn(String alert, String bucket, String count, double budget) {
    int fast = (int) Math.round(14.4 * budget * 1000);
    int slow = (int) Math.round(6 * budget * 1000);
    String[] constants = constants(bucket, count);
    pair(alert + "BurnsFast", 90, bucket, within(fast - 4), within(fast + 4), constants);
    pair(alert + "Burns", 390, bucket, within(slow - 4), within(slow + 4), constants);
  }

  private static String[] constants(String bucket, String count) {
    if (!bucket.contains("client")) {
      return new String[] {count, "0+1000x400"};
    }
    return new String[] {
      count,
      "0+1000x400",
      bucket.replace("client", "bridge-owner"),
      "0+1000x400",
      count.replace("client", "bridge-owner"),
      "0+1000x400"
    };
  }

  private static String hop(String hop, String le) {
    return "apfa_hop_seconds_bucket{hop=\"" + hop + "\",le=\"" + le + "\"}";
  }

  private static String hopCount(String hop) {
    return "apfa_hop_seconds_count{hop=\"" + hop + "\"}";
  }

  static {
    burn("ApfaTaskStatus", hop("client", "0.5"), hopCount("client"), 0.001);
    burn("ApfaBatchProgress", hop("client", "1.0"), hopCount("client"), 0.01);
    burn("ApfaQueueDepth", hop("queue-depth", "5.0"), hopCount("queue-depth"), 0.05);
    burn("ApfaWorkerHealth", hop("worker-health", "10.0"), hopCount("worker-health"), 0.05);
    burn(
        "ApfaManualActions",
        "apfa_gateway_command_seconds_bucket{le=\"0.5\"}",
        "apfa_gateway_command_seconds_count",
        0.001);
    pair("ApfaEventsLost", 6, "apfa_events_lost_total", "7x10", "0x4 3x10");
    String lost = "apfa_gateway_recoveries_total{result=\"lost\"}";
    pair("ApfaRecoveryLost", 8, lost, "7x10", "0x5 1x10");
    pair("ApfaBusLosesMessages", 12, "apfa_gateway_log_pulls_total", "0x20", "0+5x20");
    pair(
        "ApfaCanaryDown",
        8,
        "apfa_bus_canary_seconds_count",
        "0+60x10",
        "5x10",
        "apfa_ws_connections",
        "3x10");
    pair(
        "ApfaCanarySlow",
        20,
        "apfa_bus_canary_seconds_bucket{le=\"0.5\"}",
        "0+60x30",
        "0+50x30",
        "apfa_bus_canary_seconds_bucket{le=\"1.0\"}",
        "0+60x30",
        "apfa_bus_canary_seconds_bucket{le=\"+Inf\"}",
        "0+60x30");
    pair(
        "ApfaNoSingleOwner",
        5,
        "apfa_owner{source=\"celery\",pod=\"b\"}",
        "1x10",
        "0x10",
        "apfa_owner{source=\"celery\",pod=\"a\"}",
        "0x10");
    pair(
        "ApfaNotHearing",
        5,
        "apfa_bridge_connected{source=\"celery\"}",
        "1x10",
        "0x10",
        "apfa_bridge_leading{source=\"celery\"}",
        "1x10");
    pair(
        "ApfaNotHearing",
        5,
        "apfa_bridge_leading{source=\"celery\"}",
        "1x10",
        "0x10",
        "apfa_bridge_connected{source=\"celery\"}",
        "1x10");
    pair("ApfaEventsLate", 8, "apfa_bridge_lag_seconds{source=\"celery\"}", "2x10", "9x10");
    pair(
        "ApfaClusterSplit",
        8,
        "apfa_nodes{pod=\"a\"}",
        "4x10",
        "2x10",
        "apfa_nodes{pod=\"b\"}",
        "4x10");
    pair("ApfaStoreFails", 12, "apfa_store_failures_total", "4x20", "0+2x20");
    pair("ApfaLimitsRefused", 5, "apfa_limits_error", "0x10", "1x10");
    pair("ApfaNodeDown", 5, "up{job=\"apfa-management\"}", "1x10", "0x10");
    pair("ApfaSessionsNearLimit", 10, "apfa_ws_connections", "15000x20", "17000x20");
    pair("ApfaRefusesSessions", 15, "apfa_gateway_refused_total", "0+6x30", "0+120x30");
    String slow = "apfa_gateway_disconnects_total{code=\"3002\"}";
    pair("ApfaSlowConsumers", 12, slow, "0x20", "0+3x20");
    pair("CeleryWorkerDown", 20, "celery_worker_up{hostname=\"w\"}", "1x30", "1x10 0x20");
    pair("CeleryQueueLong", 20, "celery_queue_length{queue_name=\"q\"}", "900x30", "1100x30");
  }

  @Test
  void shouldHaveACaseForEveryAlert() {
    assertThat(CASES.stream().map(Case::alert).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Monitoring.alerts().stream().map(Monitoring.Query::title).toList());
  }

  /**
   * It is not in a cluster's state of one hour ago but now: a worker gone for long is forgotten.
   */
  @Test
  void shouldForgetAWorkerThatWasTakenAwayForGood(@TempDir Path folder) throws IOException {
    Map<String, String> series = Map.of("celery_worker_up{hostname=\"w\"}", "1x5 0x90");
    run(folder, List.of(new Case("CeleryWorkerDown", false, 90, series)));
  }

  @Test
  void shouldFireForWhatIsIllAndBeSilentForWhatIsWell(@TempDir Path folder) throws IOException {
    run(folder, CASES.stream().filter(each -> each.minutes < HOUR).toList());
    run(folder, CASES.stream().filter(each -> each.minutes >= HOUR).toList());
  }

  /** A run that expects the opposite fails, so a passing one means something. */
  @Test
  void shouldNotPassWhateverIsExpected(@TempDir Path folder) throws IOException {
    Case one = CASES.get(CASES.size() - 1);
    Case opposite = new Case(one.alert, !one.fires, one.minutes, one.series);
    assertThat(promtool(folder, List.of(opposite)).status()).isNotZero();
  }

  private static void run(Path folder, List<Case> cases) throws IOException {
    Commands.Result result = promtool(folder, cases);
    assertThat(result.status()).as(result.printed() + result.complained()).isZero();
  }

  private static Commands.Result promtool(Path folder, List<Case> cases) throws IOException {
    Path rules = folder.resolve("rules.yml");
    Files.writeString(rules, Manifests.YAML.writeValueAsString(Monitoring.rules()));
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("rule_files", List.of(rules.toString()));
    boolean burns = cases.get(0).minutes >= HOUR;
    file.put("evaluation_interval", burns ? "5m" : "1m");
    file.put("tests", cases.stream().map(AlertsTest::test).toList());
    Path tests = folder.resolve("tests.yml");
    Files.writeString(tests, Manifests.YAML.writeValueAsString(file));
    return Commands.run(
        Map.of(), Stream.of("promtool", "test", "rules", tests.toString()).toList());
  }

  private static Map<String, Object> test(Case one) {
    String firing = "count(ALERTS{alertname=\"" + one.alert + "\",alertstate=\"firing\"}) > bool 0";
    return Map.of(
        "interval",
        "1m",
        "input_series",
        one.series.entrySet().stream()
            .map(e -> Map.of("series", e.getKey(), "values", e.getValue()))
            .toList(),
        "promql_expr_test",
        List.of(
            Map.of(
                "expr",
                firing,
                "eval_time",
                one.minutes + "m",
                "exp_samples",
                one.fires ? List.of(Map.of("labels", "{}", "value", 1)) : List.of())));
  }
}
