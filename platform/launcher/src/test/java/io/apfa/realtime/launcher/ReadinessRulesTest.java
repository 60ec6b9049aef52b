package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What makes a node not ready, and what is only told. */
class ReadinessRulesTest {
  @Test
  void shouldNotBeReadyWhenItDoesNotHearItself() {
    assertThat(ReadinessRules.bus(Duration.ofMillis(4999))).isEmpty();
    assertThat(ReadinessRules.bus(Duration.ofSeconds(5)))
        .contains("bus: this node has not heard itself for 5.0 s (expected: once a second)");
  }

  @Test
  void shouldNotBeReadyAsAGatewayThatHearsNoOwner() {
    assertThat(ReadinessRules.owner("celery", Duration.ofMillis(1200))).isEmpty();
    assertThat(ReadinessRules.owner("celery", null))
        .contains("source celery: no owner (expected: a broadcaster that owns it)");
    assertThat(ReadinessRules.owner("celery", Duration.ofMillis(7250)))
        .contains("source celery: its owner was last heard 7.3 s ago (expected: once a second)");
  }

  @Test
  void shouldTellOfEventsThatWaitForLongerThanTheBoundAndStayReady() {
    Duration bound = Duration.ofSeconds(5);
    assertThat(ReadinessRules.lag("celery", bound, bound)).isEmpty();
    List<String> notes =
        ReadinessRules.lag("celery", Duration.ofSeconds(12), bound).stream().toList();
    Readiness.Answer answer = new Readiness.Answer(List.of(), notes);
    assertThat(answer.isReady()).isTrue();
    assertThat(answer.text())
        .isEqualTo(
            "ready\nslow: source celery: events wait 12.0 s for the log (expected: at most 5.0 s)\n");
  }

  @Test
  void shouldSayWhyItIsNotReadyBeforeAllElse() {
    Readiness.Answer answer = new Readiness.Answer(List.of("bus: a", "limits: b"), List.of("c"));
    assertThat(answer.isReady()).isFalse();
    assertThat(answer.text()).isEqualTo("bus: a\nlimits: b\nc\n");
  }
}
