package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.bus.BusMessage.LimitsRecord.Entry;
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
    assertThat(history.entries().get(0).lines())
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
    assertThat(history.entries().get(0).lines()).isEmpty();
    String one = "'a*:*': {batch.flush-interval-millis: 5}";
    String other = "'*b:*': {batch.flush-interval-millis: 6}";
    history.offer("overrides: {rooms: {" + one + ", " + other + "}}", 2000);
    history.offer("overrides: {rooms: {" + other + ", " + one + "}}", 3000);
    assertThat(history.entries().get(0).lines()).containsExactly("overrides: in another order");
  }

  @Test
  void shouldSayWhichOverridesChanged() {
    history.offer("overrides: {users: {ada: {session.burst: 5, session.max-rooms: 3}}}", 1000);
    assertThat(history.policy().overrides()).hasSize(2);
    history.offer("overrides: {users: {ada: {session.burst: 6}}}", 2000);
    assertThat(history.version()).isEqualTo(2);
    assertThat(history.entries().get(0).lines())
        .containsExactly(
            "overrides.users.ada.session.burst: 5 -> 6",
            "overrides.users.ada.session.max-rooms: 3 -> as common");
  }

  @Test
  void shouldKeepWhatWasRefusedWithItsProblemsAmongTheVersions() {
    history.offer("session.burst: 30", 1000);
    history.offer("session.burst: -1\nx: 1", 2000);
    history.refuse("limits.yaml: cannot be read", 3000);
    history.offer("session.burst: 31", 4000);
    assertThat(history.entries())
        .extracting(Entry::version, Entry::atMillis, Entry::refused)
        .containsExactly(
            tuple(2L, 4000L, false),
            tuple(1L, 3000L, true),
            tuple(1L, 2000L, true),
            tuple(1L, 1000L, false));
    assertThat(history.entries().get(0).lines()).containsExactly("session.burst: 30 -> 31");
    assertThat(history.entries().get(2).lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("session.burst: "))
        .anyMatch(line -> line.startsWith("x: "));
  }

  @Test
  void shouldKeepTheLastEntriesOnlyAndOfEachTheFirstLines() {
    for (int i = 0; i < LimitsHistory.KEPT_ENTRIES + 5; i++) {
      history.offer("session.burst: " + (i + 1), i);
    }
    assertThat(history.entries()).hasSize(LimitsHistory.KEPT_ENTRIES);
    history.refuse("wrong\n".repeat(LimitsHistory.KEPT_LINES) + "y".repeat(1000), 100);
    assertThat(history.entries().get(0).lines())
        .hasSize(LimitsHistory.KEPT_LINES + 1)
        .endsWith("1 more");
    history.refuse("y".repeat(1000), 100);
    assertThat(history.entries().get(0).lines().get(0)).hasSize(LimitsHistory.KEPT_CHARS + 1);
  }
}
