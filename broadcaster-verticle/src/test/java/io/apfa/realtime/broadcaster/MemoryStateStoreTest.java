package io.apfa.realtime.broadcaster;

import io.apfa.realtime.runtime.store.LogBound;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.testkit.ManualClock;
import java.time.Duration;

class MemoryStateStoreTest extends StateStoreContract {
  private final ManualClock clock = new ManualClock();

  @Override
  StateStore store(LogBound bound) {
    return new MemoryStateStore(clock, bound);
  }

  @Override
  void pass(Duration time) {
    clock.advanceMillis(time.toMillis());
  }
}
