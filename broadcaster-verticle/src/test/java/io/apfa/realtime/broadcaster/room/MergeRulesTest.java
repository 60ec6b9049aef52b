package io.apfa.realtime.broadcaster.room;

import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.failed;
import static io.apfa.realtime.broadcaster.room.Events.plain;
import static io.apfa.realtime.broadcaster.room.Events.progress;
import static io.apfa.realtime.broadcaster.room.Events.received;
import static io.apfa.realtime.broadcaster.room.Events.retried;
import static io.apfa.realtime.broadcaster.room.Events.sent;
import static io.apfa.realtime.broadcaster.room.Events.started;
import static io.apfa.realtime.broadcaster.room.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent.TaskEvent;
import io.apfa.realtime.protocol.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergeRulesTest {
  private static final String ID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

  private final MergeRules rules = new MergeRules();

  private Task merge(TaskEvent... events) {
    Task task = null;
    for (TaskEvent event : events) {
      task = rules.merge(task, event);
    }
    return task;
  }

  private Task mergeTypes(String types) {
    Task task = null;
    long millis = T0;
    for (String type : types.split(" ", -1)) {
      millis++;
      int slash = type.indexOf('/');
      int retries = slash < 0 ? 0 : Integer.parseInt(type.substring(slash + 1));
      String word = slash < 0 ? type : type.substring(0, slash);
      TaskEvent event =
          switch (word) {
            case "sent" -> sent(ID, retries, millis);
            case "received" -> received(ID, retries, millis);
            case "succeeded" -> succeeded(ID, millis);
            case "failed" -> failed(ID, millis);
            case "retried" -> retried(ID, millis);
            default -> plain("task-" + word, ID, millis);
          };
      task = rules.merge(task, event);
    }
    return task;
  }

  /** Celery's own results, from its State: the last column is where they end. */
  @ParameterizedTest
  @CsvSource({
    "sent, PENDING",
    "sent received, RECEIVED",
    "sent received started, STARTED",
    "sent received started succeeded, SUCCESS",
    "received sent started succeeded, SUCCESS",
    "succeeded started received sent, SUCCESS",
    "started received, STARTED",
    "received started failed, FAILURE",
    "failed succeeded, SUCCESS",
    "succeeded failed, SUCCESS",
    "revoked succeeded, SUCCESS",
    "sent revoked, REVOKED",
    "sent received revoked, REVOKED",
    "sent failed, FAILURE",
    "received started retried, RETRY",
    "received started retried sent/1, PENDING",
    "received started sent/1 retried, RETRY",
    "received started sent/1 retried received/1 started succeeded, SUCCESS",
    "received started sent/1 received/1 retried started succeeded, SUCCESS",
    "received started retried received/1, RECEIVED",
    "received started retried started, STARTED",
    "received started retried failed, FAILURE",
    "received started progress, PROGRESS",
    "received progress started, PROGRESS",
    "received started progress succeeded, SUCCESS",
    "progress failed, FAILURE",
    "sent cancelled, CANCELLED",
  })
  void shouldEndWhereCeleryEnds(String types, String state) {
    assertThat(mergeTypes(types).state()).isEqualTo(state);
  }

  /** Deliberate differences; the second column is Celery's result, the third ours. */
  @ParameterizedTest
  @CsvSource({
    // a late retried does not undo an end
    "received started succeeded retried, RETRY, SUCCESS",
    "received started failed retried, RETRY, FAILURE",
    "received revoked retried, RETRY, REVOKED",
    // REVOKED and REJECTED beat custom states and STARTED
    "received started progress revoked, PROGRESS, REVOKED",
    "received revoked progress, PROGRESS, REVOKED",
    "received started rejected, STARTED, REJECTED",
    "received started progress rejected, PROGRESS, REJECTED",
    "rejected started, STARTED, REJECTED",
    // a received of the next attempt moves even when the retried was lost
    "received started received/1, STARTED, RECEIVED",
    // RETRY is not entered once the next attempt was received, nor left by a late event before it
    "received started received/1 retried, RETRY, RECEIVED",
    "started retried received/0 received/0, RECEIVED, RECEIVED",
    "received started retried received/0, RECEIVED, RETRY",
    // events of an earlier attempt change no state
    "received/1 started retried sent/0, PENDING, RETRY",
  })
  void shouldEndBetterThanCeleryOnPurpose(String types, String celery, String ours) {
    assertThat(celery).isNotEmpty();
    assertThat(mergeTypes(types).state()).isEqualTo(ours);
  }

  @Test
  void shouldTakeARejectedTaskThatWasRequeuedAsReceivedAgain() {
    assertThat(mergeTypes("received started rejected received").state()).isEqualTo("RECEIVED");
    assertThat(merge(plain("task-rejected", ID, T0 + 9), received(ID, 0, T0)).state())
        .isEqualTo("REJECTED");
  }

  @Test
  void shouldLeaveAnEndForALaterAttemptOnlyWhenItCameLater() {
    Task ended = merge(received(ID, 0, T0), started(ID, T0 + 1), failed(ID, T0 + 10));

    assertThat(rules.merge(ended, received(ID, 1, T0 + 11)).state()).isEqualTo("RECEIVED");
    assertThat(rules.merge(ended, received(ID, 1, T0 + 5)).state()).isEqualTo("FAILURE");
    assertThat(rules.merge(ended, sent(ID, 1, T0 + 11)).state()).isEqualTo("FAILURE");
  }

  @Test
  void shouldSetTheTimeOfAStaleEventAndKeepTheStatesOwn() {
    Task task = merge(succeeded(ID, T0 + 9), started(ID, T0 + 2), sent(ID, 0, T0));

    assertThat(task.state()).isEqualTo("SUCCESS");
    assertThat(task.timestampMillis()).isEqualTo(T0 + 9);
    assertThat(task.startedMillis()).isEqualTo(T0 + 2);
    assertThat(task.sentMillis()).isEqualTo(T0);
    assertThat(task.name()).isEqualTo(Events.NAME);
    assertThat(task.queue()).isEqualTo("celery");
  }

  @Test
  void shouldKeepTheExceptionOfAnEarlierAttemptAndOfALateFailure() {
    assertThat(merge(retried(ID, T0), started(ID, T0 + 1), succeeded(ID, T0 + 2)).exception())
        .isEqualTo("Retry()");
    assertThat(merge(succeeded(ID, T0 + 2), failed(ID, T0 + 3)).exception())
        .isEqualTo("ValueError()");
  }

  @Test
  void shouldNameTheWorkerThatSpokeLastButNotTheSender() {
    Task task = merge(started(ID, T0), sent(ID, 0, T0 + 1));
    assertThat(task.worker()).isEqualTo(Events.HOST);

    Task retriedElsewhere =
        merge(
            received(ID, 0, T0),
            Events.event(
                "task-received", ID, "w2@beta", T0 + 2, "n", 1, null, null, null, Double.NaN),
            retried(ID, T0 + 3));
    assertThat(retriedElsewhere.worker()).isEqualTo("w2@beta");
  }

  @Test
  void shouldFillInButNotReplaceByAnEventOfAnEarlierAttempt() {
    Task task =
        merge(received(ID, 1, T0 + 5), started(ID, T0 + 6), sent(ID, 0, T0), received(ID, 0, T0));

    assertThat(task.state()).isEqualTo("STARTED");
    assertThat(task.retries()).isEqualTo(1);
    assertThat(task.sentMillis()).isEqualTo(T0);
    assertThat(task.receivedMillis()).isEqualTo(T0 + 5);
    assertThat(task.queue()).isEqualTo("celery");
  }

  @Test
  void shouldNotMakeATaskItsOwnParent() {
    assertThat(merge(received(ID, "root", ID, T0)).parentId()).isNull();
    assertThat(merge(received(ID, "root", "p", T0), received(ID, "root", ID, T0)).parentId())
        .isEqualTo("p");
  }

  @Test
  void shouldKeepProgressThatWasKnownWhenMoreComesAfterTheEnd() {
    Task task =
        merge(progress(ID, "{\"n\":9}", T0), succeeded(ID, T0 + 2), progress(ID, "{\"n\":8}", T0));

    assertThat(task.state()).isEqualTo("SUCCESS");
    assertThat(task.progress()).isEqualTo("{\"n\":9}");
  }

  @Test
  void shouldGiveTheSameObjectBackWhenNothingChanges() {
    Task task = merge(received(ID, 0, T0), started(ID, T0 + 1));
    assertThat(rules.merge(task, started(ID, T0 + 1))).isSameAs(task);
  }

  @Test
  void shouldClearASuspicionWhenTheTaskMoves() {
    Task task =
        merge(received(ID, 0, T0)).toBuilder()
            .suspect(new Task.Suspect("worker-silent", T0))
            .build();
    assertThat(rules.merge(task, started(ID, T0 + 1)).suspect()).isNull();
  }

  @Test
  void shouldNotBecomeAnEmptyStateByAnEventWithoutAName() {
    assertThat(merge(plain("task-", ID, T0)).state()).isEqualTo("PENDING");
    assertThat(merge(started(ID, T0), plain("task-", ID, T0 + 1)).state()).isEqualTo("STARTED");
    assertThat(merge(plain("media-audit", ID, T0)).state()).isEqualTo("MEDIA-AUDIT");
  }

  @Test
  void shouldEndInSuccessWhateverTheOrderOfOneAttempt() {
    Random random = new Random(42);
    for (int i = 0; i < 500; i++) {
      List<TaskEvent> events =
          new ArrayList<>(
              List.of(
                  sent(ID, 0, T0),
                  received(ID, 0, T0 + 1),
                  started(ID, T0 + 2),
                  progress(ID, "{}", T0 + 3),
                  retried(ID, T0 + 4),
                  plain("task-revoked", ID, T0 + 5),
                  failed(ID, T0 + 6),
                  succeeded(ID, T0 + 7)));
      Collections.shuffle(events, random);
      assertThat(merge(events.toArray(new TaskEvent[0])).state()).isEqualTo("SUCCESS");
    }
  }
}
