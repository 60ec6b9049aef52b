package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orders of events: which prove that something was lost, and which only look like it. */
class StepLedgerTest {
  /**
   * Each step is {@code type[retries][@worker][:task]}; {@code X} is a break; a task {@code 0} of
   * w1 comes first in every row, so that w1 is known to send task events.
   */
  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource({
    "a whole life, sent received started succeeded, ''",
    "a start, sent received succeeded, task-started",
    "a start before a retry, received0 retried, task-started",
    "a received, sent started succeeded, task-received",
    "received and start, sent succeeded, task-received task-started",
    "a whole attempt, received0 started retried received2, task-retried",
    "the start of the second attempt, received0 started retried received1 succeeded, task-started",
    "begun before we listened, succeeded, ''",
    "begun before we listened; start seen, started succeeded, ''",
    "begun before a break, sent received X succeeded, ''",
    "first attempts before we listened, received3 started succeeded, ''",
    "a worker whose task events were off until now, sent started@w2 succeeded@w2, ''",
    "sent comes after received, received sent started succeeded, ''",
    "the next attempt of another worker before the retry of the first,"
        + " received0 started received1@w2 retried started@w2 succeeded@w2, ''",
    "an old received comes late,"
        + " received1@w2 started@w2 received0 started retried succeeded@w2, ''",
    "a redelivery while the first worker still runs, received0 started received0@w2 succeeded, ''",
    "revoked before it started, sent received revoked, ''",
    "failed without a start, sent received failed, ''",
    "rejected without a start, sent received rejected, ''",
    "progress of a child process before the start, received progress started succeeded, ''",
    "started twice, received started started succeeded, ''",
    "an ending twice, received started succeeded succeeded, ''"
  })
  void shouldTell(String name, String steps, String expected) {
    StepLedger ledger = new StepLedger();
    List<String> missing = new ArrayList<>();
    ledger.onTask(event("started", "u0", 1));
    long millis = 1000;
    for (String step : steps.split(" ", -1)) {
      if (step.equals("X")) {
        ledger.forget();
        continue;
      }
      StepLedger.Missing found = ledger.onTask(event(step, "u1", ++millis));
      if (found != null) {
        missing.addAll(found.types());
        assertThat(found.hostname()).isEqualTo("w1");
        assertThat(found.untilMillis()).isEqualTo(millis);
        assertThat(found.sinceMillis()).isBetween(1001L, millis);
      }
    }
    assertThat(String.join(" ", missing)).as(name).isEqualTo(expected);
  }

  @org.junit.jupiter.api.Test
  void shouldStayBounded() {
    StepLedger ledger = new StepLedger();
    ledger.onTask(event("received", "first", 1));
    for (int i = 0; i < 20_000; i++) {
      ledger.onTask(event("received", "u" + i, 2));
    }
    assertThat(ledger.onTask(event("succeeded", "first", 3))).isNull();
    assertThat(ledger.onTask(event("succeeded", "u19999", 3))).isNotNull();
  }

  private static CeleryEvent.TaskEvent event(String step, String uuid, long millis) {
    int at = step.indexOf('@');
    String worker = at < 0 ? "w1" : step.substring(at + 1);
    String type = at < 0 ? step : step.substring(0, at);
    int retries = -1;
    if (Character.isDigit(type.charAt(type.length() - 1))) {
      retries = type.charAt(type.length() - 1) - '0';
      type = type.substring(0, type.length() - 1);
    }
    return new CeleryEvent.TaskEvent(
        "task-" + type,
        uuid,
        type.equals("sent") ? "gen1@host" : worker,
        5,
        1,
        millis,
        millis,
        null,
        null,
        null,
        retries,
        -1,
        -1,
        null,
        null,
        null,
        null,
        Double.NaN,
        null,
        null,
        null);
  }
}
