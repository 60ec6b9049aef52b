package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.StateStore;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublishBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  private static StateStore.Append bytes(int count) {
    Buffer payload = Buffer.buffer(new byte[count]);
    return new StateStore.Append("s", 1, "e", 1, 1, payload, List.of(), FeedPosition.NONE);
  }

  @Test
  void shouldLetAFlushWaitOnceTheSecondsBytesAreSpent() {
    Limits limits = Limits.DEFAULTS.with(LimitKey.PUBLISH_BYTES_PER_SECOND, 10_000);
    PublishBudget budget = new PublishBudget(limits, 0);
    assertThat(budget.waitNanos(limits, 0)).isZero();
    budget.onAppended(bytes(8_000), 0);
    assertThat(budget.waitNanos(limits, 0)).isEqualTo(6 * SECOND / 10);
    assertThat(budget.waitNanos(limits, 6 * SECOND / 10)).isZero();
  }

  @Test
  void shouldNotWaitForEverAfterAFlushLargerThanASecondsBytes() {
    Limits limits = Limits.DEFAULTS.with(LimitKey.PUBLISH_BYTES_PER_SECOND, 10_000);
    PublishBudget budget = new PublishBudget(limits, 0);
    budget.onAppended(bytes(50_000), 0);
    assertThat(budget.waitNanos(limits, 0)).isEqualTo(SECOND);
    assertThat(budget.waitNanos(limits, SECOND)).isZero();
  }

  @Test
  void shouldFollowAChangeOfTheLimit() {
    Limits limits = Limits.DEFAULTS.with(LimitKey.PUBLISH_BYTES_PER_SECOND, 10_000);
    PublishBudget budget = new PublishBudget(limits, 0);
    budget.onAppended(bytes(10_000), 0);
    Limits more = limits.with(LimitKey.PUBLISH_BYTES_PER_SECOND, 100_000);
    assertThat(budget.waitNanos(more, 0)).isEqualTo(SECOND / 10);
  }
}
