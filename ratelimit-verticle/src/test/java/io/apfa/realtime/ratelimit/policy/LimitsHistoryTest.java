package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import org.junit.jupiter.api.Test;

class LimitsHistoryTest {
  private final LimitsHistory history = new LimitsHistory();

  @Test
  void shouldKeepTheVersionInForceWhenTheNextFileIsNotValid() {
    history.offer("session: {burst: 30}", 1000);
    LimitsHistory.Outcome outcome = history.offer("session: {burst: -1}", 2000);
    assertThat(outcome).isEqualTo(LimitsHistory.Outcome.REFUSED);
    assertThat(history.version()).isEqualTo(1);
    assertThat(history.sinceMillis()).isEqualTo(1000);
    assertThat(history.limits().get(LimitKey.SESSION_BURST)).isEqualTo(30);
    assertThat(history.error()).contains("session.burst");
  }

  @Test
  void shouldSayWhatChanged() {
    history.offer("", 1000);
    history.offer("session: {burst: 30}\nbatch: {size: 25}", 2000);
    assertThat(history.versions().get(0).changes())
        .containsExactly("session.burst: 20 -> 30", "batch.size: 50 -> 25");
  }

  @Test
  void shouldForgetTheErrorOnceAValidFileComes() {
    history.offer("x: 1", 1000);
    history.offer("", 2000);
    assertThat(history.error()).isNull();
    assertThat(history.version()).isEqualTo(1);
  }

  @Test
  void shouldMakeNoVersionOfAFileThatChangesNoLimit() {
    history.offer("", 1000);
    assertThat(history.offer("# a comment\n", 2000)).isEqualTo(LimitsHistory.Outcome.UNCHANGED);
    assertThat(history.version()).isEqualTo(1);
  }
}
