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

  @Test
  void shouldSayThatTheOrderOfPatternsChangedAndNothingOfAFirstFileOfDefaults() {
    history.offer("", 1000);
    assertThat(history.versions().get(0).changes()).isEmpty();
    String one = "'a*:*': {batch.flush-interval-millis: 5}";
    String other = "'*b:*': {batch.flush-interval-millis: 6}";
    history.offer("overrides: {rooms: {" + one + ", " + other + "}}", 2000);
    history.offer("overrides: {rooms: {" + other + ", " + one + "}}", 3000);
    assertThat(history.versions().get(0).changes()).containsExactly("overrides: in another order");
  }

  @Test
  void shouldSayWhichOverridesChanged() {
    history.offer("overrides: {users: {ada: {session.burst: 5, session.max-rooms: 3}}}", 1000);
    assertThat(history.policy().overrides()).hasSize(2);
    history.offer("overrides: {users: {ada: {session.burst: 6}}}", 2000);
    assertThat(history.version()).isEqualTo(2);
    assertThat(history.versions().get(0).changes())
        .containsExactly(
            "overrides.users.ada.session.burst: 5 -> 6",
            "overrides.users.ada.session.max-rooms: 3 -> as common");
  }
}
