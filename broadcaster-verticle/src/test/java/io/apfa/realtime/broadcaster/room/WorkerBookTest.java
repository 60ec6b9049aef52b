package io.apfa.realtime.broadcaster.room;

import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.worker;
import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Worker.Status;
import org.junit.jupiter.api.Test;

class WorkerBookTest {
  private static final String HOST = "w1@alpha";
  private static final long SECOND = 1_000_000_000L;

  private final WorkerBook book = new WorkerBook(3);

  @Test
  void shouldBeOnlineUntilTwiceTheHeartbeatIntervalPassed() {
    book.onEvent(worker("worker-heartbeat", HOST, T0), 0);
    book.tick(4 * SECOND);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.ONLINE);
    book.tick(4 * SECOND + 1);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.OFFLINE);
    book.onEvent(worker("worker-heartbeat", HOST, T0 + 1), 5 * SECOND);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.ONLINE);
  }

  @Test
  void shouldBeOfflineAtOnceWhenItSaysSoAndStaySoForItsLastTaskEvents() {
    book.onEvent(worker("worker-online", HOST, T0), 0);
    book.onEvent(worker("worker-offline", HOST, T0 + 1), SECOND);
    book.onTaskEvent(HOST, SECOND);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.OFFLINE);
  }

  @Test
  void shouldBeUnknownWhileOnlyTaskEventsSpeakOfIt() {
    book.onTaskEvent(HOST, 0);
    book.tick(1_000 * SECOND);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void shouldTakeTaskEventsAsASignOfLife() {
    book.onEvent(worker("worker-heartbeat", HOST, T0), 0);
    book.onTaskEvent(HOST, 3 * SECOND);
    book.tick(6 * SECOND);
    assertThat(book.worker(HOST).status()).isEqualTo(Status.ONLINE);
  }

  @Test
  void shouldTellEachChangeOnce() {
    book.onEvent(worker("worker-heartbeat", HOST, T0), 0);
    book.onEvent(worker("worker-heartbeat", HOST, T0), 0);
    assertThat(book.takeChanged()).hasSize(1);
    assertThat(book.hasChanged()).isFalse();
    book.tick(100 * SECOND);
    assertThat(book.takeChanged()).hasSize(1);
    book.tick(101 * SECOND);
    assertThat(book.hasChanged()).isFalse();
  }

  @Test
  void shouldStayBoundedAndLetOfflineWorkersGoFirst() {
    book.onEvent(worker("worker-online", "a", T0), 0);
    book.onEvent(worker("worker-offline", "b", T0), 0);
    book.onEvent(worker("worker-online", "c", T0), 0);
    book.onEvent(worker("worker-online", "d", T0), 0);
    assertThat(book.takeLeft()).containsExactly("b");
    assertThat(book.size()).isEqualTo(3);
  }
}
