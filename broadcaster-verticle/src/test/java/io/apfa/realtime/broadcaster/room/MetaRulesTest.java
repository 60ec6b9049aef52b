package io.apfa.realtime.broadcaster.room;

import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.meta;
import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent.TaskMeta.Origin;
import io.apfa.realtime.protocol.Task;
import org.junit.jupiter.api.Test;

class MetaRulesTest {
  private static final String ID = "a";

  private final MergeRules events = new MergeRules();
  private final MetaRules rules = new MetaRules(new Dictionary(100));

  private Task startedTask() {
    return events.merge(events.merge(null, Events.received(ID, 0, T0)), Events.started(ID, T0 + 1));
  }

  @Test
  void shouldOverwriteAStateWithAReadyStatusOfTheResultBackend() {
    Task task = rules.merge(startedTask(), meta(ID, Origin.RESULT_BACKEND, "SUCCESS", null));

    assertThat(task.state()).isEqualTo("SUCCESS");
    assertThat(task.succeededMillis()).isEqualTo(T0 + 60_000);
    assertThat(task.name()).isEqualTo(Events.NAME);
  }

  @Test
  void shouldNotOverwriteAStateWithAnythingElse() {
    Task started = startedTask();
    assertThat(rules.merge(started, meta(ID, Origin.RESULT_BACKEND, "RETRY", null)).state())
        .isEqualTo("STARTED");
    assertThat(rules.merge(started, meta(ID, Origin.INSPECT, "SUCCESS", null)).state())
        .isEqualTo("STARTED");
    assertThat(rules.merge(started, meta(ID, Origin.QUEUE_MESSAGE, "PENDING", null)).state())
        .isEqualTo("STARTED");
    assertThat(rules.merge(started, meta(ID, Origin.RECONCILER, "FAILURE", null)).state())
        .isEqualTo("STARTED");
  }

  @Test
  void shouldNotLetTheResultBackendUndoAStrongerEnd() {
    Task done = events.merge(startedTask(), Events.succeeded(ID, T0 + 9));
    assertThat(rules.merge(done, meta(ID, Origin.RESULT_BACKEND, "REVOKED", null))).isSameAs(done);
  }

  @Test
  void shouldRaiseASuspicionOnceAndClearItWhenTheTaskIsSeen() {
    Task doubted = rules.merge(startedTask(), meta(ID, Origin.RECONCILER, null, "worker-silent"));
    assertThat(doubted.suspect()).isEqualTo(new Task.Suspect("worker-silent", T0 + 60_000));
    assertThat(doubted.state()).isEqualTo("STARTED");
    assertThat(rules.merge(doubted, meta(ID, Origin.RECONCILER, null, "worker-silent")))
        .isSameAs(doubted);
    assertThat(rules.merge(doubted, meta(ID, Origin.INSPECT, "STARTED", null)).suspect()).isNull();
    assertThat(rules.merge(doubted, meta(ID, Origin.RESULT_BACKEND, "FAILURE", null)).suspect())
        .isNull();
  }

  @Test
  void shouldNotSuspectATaskThatEnded() {
    Task done = events.merge(startedTask(), Events.succeeded(ID, T0 + 9));
    assertThat(rules.merge(done, meta(ID, Origin.RECONCILER, null, "worker-silent")))
        .isSameAs(done);
  }

  @Test
  void shouldMakeATaskOfAQueueMessageButNotOfADoubt() {
    assertThat(rules.merge(null, meta("new", Origin.RECONCILER, null, "lost"))).isNull();
    Task made = rules.merge(null, Events.grouped("new", "g1"));
    assertThat(made.state()).isEqualTo("PENDING");
    assertThat(made.groupId()).isEqualTo("g1");
    assertThat(made.queue()).isEqualTo("celery");
  }
}
