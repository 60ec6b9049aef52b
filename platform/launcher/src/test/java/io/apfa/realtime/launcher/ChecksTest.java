package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChecksTest {
  @Test
  void shouldFindNothingWrongWithAHeardWorker() {
    assertThat(
            Checks.of(
                Map.of(
                    "connected",
                    true,
                    "broker",
                    "answers",
                    "workers",
                    List.of("w1@alpha"),
                    "queues",
                    List.of("celery"))))
        .allMatch(Checks.Check::isFine);
  }

  @Test
  void shouldSayWhatToTypeWhenTheBrokerIsDownAndNoWorkerIsHeard() {
    List<Checks.Check> checks =
        Checks.of(Map.of("connected", false, "broker", "Connection refused", "workers", List.of()));
    assertThat(checks).noneMatch(Checks.Check::isFine);
    assertThat(checks.toString())
        .contains("broker: Connection refused", "APFA_BROKER_URL", "worker -E");
  }

  @Test
  void shouldNamePausedQueues() {
    assertThat(
            Checks.of(
                    Map.of(
                        "connected",
                        true,
                        "broker",
                        "answers",
                        "workers",
                        List.of("w1@alpha"),
                        "pausedQueues",
                        List.of("reports")))
                .toString())
        .contains("BROKEN  queues paused: [reports]");
  }
}
