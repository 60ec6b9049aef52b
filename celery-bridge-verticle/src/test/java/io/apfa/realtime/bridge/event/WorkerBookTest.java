package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerBookTest {
  private final WorkerBook book = new WorkerBook();

  private void event(String type, long processed, long millis) {
    book.onEvent(
        new CeleryEvent.WorkerEvent(
            type, "w@a", 5, 1, millis, millis, 2.0, 0, processed, List.of(), null, null, null, -1));
  }

  @Test
  void shouldTellOnceThatAWorkersHeartbeatsStopped() {
    event("worker-heartbeat", 3, 1000);

    assertThat(book.takeSilent(0, 4999)).isEmpty();
    assertThat(book.takeSilent(0, 5000)).containsExactly(new WorkerBook.Silent("w@a", 1000));
    assertThat(book.takeSilent(0, 9000)).isEmpty();
    assertThat(book.isSilent("w@a", 9000)).isTrue();

    event("worker-heartbeat", 3, 10_000);
    assertThat(book.isSilent("w@a", 10_001)).isFalse();
    assertThat(book.takeSilent(0, 20_000)).hasSize(1);
  }

  @Test
  void shouldNotMissHeartbeatsThatNobodyCouldHear() {
    event("worker-heartbeat", 3, 1000);

    // the broker was away from 2000 to 60000, and everything until 63000 was heard
    assertThat(book.takeSilent(60_000, 63_000)).isEmpty();
    assertThat(book.takeSilent(60_000, 64_000)).hasSize(1);
  }

  @Test
  void shouldNotMissAWorkerThatSaidGoodbyeOrNeverBeats() {
    event("worker-heartbeat", 3, 1000);
    event("worker-offline", -1, 2000);
    assertThat(book.takeSilent(0, 60_000)).isEmpty();

    event("worker-online", -1, 70_000);
    assertThat(book.takeSilent(0, 600_000)).isEmpty();
  }
}
