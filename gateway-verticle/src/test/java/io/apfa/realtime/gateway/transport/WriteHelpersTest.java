package io.apfa.realtime.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriteHelpersTest {
  private static final int ROUNDS = 2_000;
  private static final int MOST = 100;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void shouldDoEachPartOnceAndAllBeforeItReturns(int count) {
    try (WriteHelpers helpers = new WriteHelpers(count)) {
      for (int round = 0; round < ROUNDS; round++) {
        int size = round % MOST;
        AtomicIntegerArray times = new AtomicIntegerArray(MOST);
        helpers.share(
            size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                times.incrementAndGet(i);
              }
            });
        for (int i = 0; i < MOST; i++) {
          assertThat(times.get(i)).as("part %s of %s", i, size).isEqualTo(i < size ? 1 : 0);
        }
      }
    }
  }

  @Test
  void shouldWaitForAHelperThatIsInTheMiddleOfItsPart() {
    Set<Thread> atWork = ConcurrentHashMap.newKeySet();
    CountDownLatch both = new CountDownLatch(2);
    AtomicIntegerArray done = new AtomicIntegerArray(2 * WriteHelpers.CHUNK);
    try (WriteHelpers helpers = new WriteHelpers(1)) {
      helpers.share(
          done.length(),
          (from, to) -> {
            atWork.add(Thread.currentThread());
            both.countDown();
            await().until(() -> both.getCount() == 0); // each of the two has one
            for (int i = from; i < to; i++) {
              done.incrementAndGet(i);
            }
          });
    }
    assertThat(atWork).hasSize(2).contains(Thread.currentThread());
    for (int i = 0; i < done.length(); i++) {
      assertThat(done.get(i)).isEqualTo(1);
    }
  }

  @Test
  void shouldLeaveAllOfItToTheCallerOnceItIsClosed() {
    WriteHelpers helpers = new WriteHelpers(1);
    helpers.close();
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    helpers.share(MOST, (from, to) -> done.add(from));
    assertThat(done).hasSize((MOST + WriteHelpers.CHUNK - 1) / WriteHelpers.CHUNK);
  }
}
