package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossLedgerTest {
  private final LossLedger ledger = new LossLedger();

  private LossLedger.Shortfall heartbeat(long processed, long receivedMillis) {
    return ledger.onWorker(
        new CeleryEvent.WorkerEvent(
            "worker-heartbeat",
            "w@a",
            5,
            1,
            receivedMillis,
            receivedMillis,
            2.0,
            0,
            processed,
            List.of(),
            null,
            null,
            null,
            -1));
  }

  private void started(int count) {
    started(count, 1);
  }

  private void started(int count, long timestampMillis) {
    for (int i = 0; i < count; i++) {
      ledger.onTask(
          new CeleryEvent.TaskEvent(
              "task-started",
              "u",
              "w@a",
              5,
              1,
              timestampMillis,
              1,
              null,
              null,
              null,
              -1,
              -1,
              -1,
              null,
              null,
              null,
              null,
              Double.NaN,
              null,
              null,
              null));
    }
  }

  @Test
  void shouldFindNothingMissingWhenEveryStartCame() {
    assertThat(heartbeat(100, 1000)).isNull();
    started(3);
    assertThat(heartbeat(103, 3000)).isNull();
    assertThat(heartbeat(103, 5000)).isNull();
  }

  @Test
  void shouldWaitForTheNextHeartbeatBecauseStartsAreBuffered() {
    heartbeat(0, 1000);
    assertThat(heartbeat(3, 3000)).isNull();
    started(3);
    assertThat(heartbeat(3, 5000)).isNull();
  }

  @Test
  void shouldTellWhatIsMissingOnceAndWhen() {
    heartbeat(0, 1000);
    started(1);
    assertThat(heartbeat(4, 3000)).isNull();
    assertThat(heartbeat(4, 5000)).isEqualTo(new LossLedger.Shortfall("w@a", 3, 1000, 3000));
    assertThat(heartbeat(4, 7000)).isNull();
  }

  @Test
  void shouldBeginAnewForANewProcessAndAfterAReset() {
    heartbeat(50, 1000);
    ledger.reset();
    assertThat(heartbeat(90, 3000)).isNull();
    assertThat(heartbeat(90, 5000)).isNull();
  }

  @Test
  void shouldNameTheWorkerOfWhatWasLostInABreak() {
    heartbeat(0, 1000);
    started(2);
    heartbeat(2, 3000);
    // three more start while nothing is heard; the first heartbeat after it claims them
    assertThat(heartbeat(5, 9000)).isNull();
    assertThat(heartbeat(5, 11_000)).isEqualTo(new LossLedger.Shortfall("w@a", 3, 3000, 9000));
  }

  @Test
  void shouldNotMissTwiceAStartThatALaterEventProvedLost() {
    heartbeat(0, 1000);
    started(1);
    ledger.onLostStart("w@a", 5);
    heartbeat(2, 3000);
    assertThat(heartbeat(2, 5000)).isNull();
  }

  @Test
  void shouldNotLetNewStartsHideLostOnes() {
    heartbeat(0, 1000);
    started(2, 2000);
    // three of five are lost; the worker goes on, and starts more than that before its next beat
    heartbeat(5, 3000);
    started(10, 4000);
    assertThat(heartbeat(15, 5000)).isEqualTo(new LossLedger.Shortfall("w@a", 3, 1000, 3000));
    started(4, 6000);
    assertThat(heartbeat(19, 7000)).isNull();
    assertThat(heartbeat(19, 9000)).isNull();
  }
}
