package io.apfa.realtime.broadcaster;

import static io.apfa.realtime.broadcaster.Reconciliation.GO_ON;
import static io.apfa.realtime.broadcaster.Reconciliation.GO_ON_AFTER_OFFERED;
import static io.apfa.realtime.broadcaster.Reconciliation.RELOAD;
import static io.apfa.realtime.broadcaster.Reconciliation.START_OVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore.Head;
import org.junit.jupiter.api.Test;

class ReconciliationTest {
  private static Reconciliation decide(Head head) {
    return Reconciliation.decide(head, 7, "e1", 10, 12);
  }

  private static Head head(String epoch, long offset, long token, boolean restarted) {
    return new Head(epoch, offset, token, FeedPosition.NONE, restarted);
  }

  @Test
  void shouldGoOnWhereTheLogEnds() {
    assertThat(decide(head("e1", 10, 7, false))).isEqualTo(GO_ON);
    assertThat(decide(head("e1", 12, 7, false))).isEqualTo(GO_ON_AFTER_OFFERED);
  }

  @Test
  void shouldForgetWhenAnotherOwnerWrote() {
    assertThat(decide(head("e1", 10, 8, false))).isEqualTo(RELOAD);
    assertThat(decide(head("e2", 0, 8, false))).isEqualTo(RELOAD);
    assertThat(decide(head("e2", 10, 7, false))).isEqualTo(RELOAD);
    assertThat(decide(head("e1", 10, 8, true))).isEqualTo(RELOAD);
  }

  @Test
  void shouldStartOverWhenTheLogIsGoneOrWentBack() {
    assertThat(decide(null)).isEqualTo(START_OVER);
    assertThat(decide(head("e1", 9, 7, false))).isEqualTo(START_OVER);
    assertThat(decide(head("e1", 10, 7, true))).isEqualTo(START_OVER);
    assertThat(decide(head("e0", 3, 6, true))).isEqualTo(START_OVER);
  }
}
