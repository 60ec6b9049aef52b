package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.LogBound;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.store.StateStore.Append;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.apfa.realtime.runtime.store.StateStore.Entry;
import io.apfa.realtime.runtime.store.StateStore.LogPage;
import io.apfa.realtime.runtime.store.StateStore.LoggedBatch;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every state store promises; run against each. */
abstract class StateStoreContract {
  private static final String SOURCE = "celery";
  private static final String LEASE = "owner:celery";
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final LogBound BOUND = new LogBound(Duration.ofSeconds(1), 1_000);

  /** A store nothing is in, with this bound. */
  abstract StateStore store(LogBound bound);

  /** Lets time pass for the store. */
  abstract void pass(Duration time);

  static <T> T get(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static long own(StateStore store, String holder) {
    StateStore.LeaseAnswer answer = get(store.acquireLease(LEASE, holder, TTL));
    assertThat(answer.held()).isTrue();
    return answer.token();
  }

  /** A store whose source is at offset 0 of epoch e1, owned under the token. */
  private long started(StateStore store) {
    long token = own(store, "a");
    assertThat(get(store.startEpoch(SOURCE, token, "e1", List.of(), FeedPosition.NONE)))
        .isEqualTo(AppendAnswer.APPENDED);
    return token;
  }

  private static FeedPosition feed(long batch) {
    return new FeedPosition(7, batch, "h" + batch);
  }

  private static Append append(long token, long from, long offset, String text, long batch) {
    List<Entry> entries = List.of(new Entry("t/" + offset, Buffer.buffer(text)));
    return new Append(SOURCE, token, "e1", from, offset, Buffer.buffer(text), entries, feed(batch));
  }

  private static Map<String, String> table(StateStore store, String epoch) {
    Map<String, String> table = new HashMap<>();
    String cursor = "";
    do {
      StateStore.TablePage page = get(store.readTable(SOURCE, epoch, cursor));
      page.entries().forEach(entry -> table.put(entry.key(), entry.value().toString()));
      cursor = page.next();
    } while (!cursor.isEmpty());
    return table;
  }

  @Test
  void shouldGiveALeaseToOneHolderAndLetItRenewUnderTheSameToken() {
    StateStore store = store(BOUND);
    StateStore.LeaseAnswer first = get(store.acquireLease(LEASE, "a", TTL));
    StateStore.LeaseAnswer other = get(store.acquireLease(LEASE, "b", TTL));
    StateStore.LeaseAnswer again = get(store.acquireLease(LEASE, "a", TTL));

    assertThat(first.held()).isTrue();
    assertThat(other).isEqualTo(new StateStore.LeaseAnswer(false, first.token(), "a"));
    assertThat(again).isEqualTo(first);
  }

  @Test
  void shouldGiveALargerTokenWithEveryNewGrant() {
    StateStore store = store(BOUND);
    long first = own(store, "a");
    get(store.releaseLease(LEASE, first + 1));
    assertThat(get(store.acquireLease(LEASE, "b", TTL)).held()).isFalse();
    get(store.releaseLease(LEASE, first));
    long second = own(store, "b");
    get(store.releaseLease(LEASE, second));
    long third = own(store, "b");

    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
  }

  @Test
  void shouldEndALeaseThatIsNotRenewed() {
    StateStore store = store(BOUND);
    StateStore.LeaseAnswer first = get(store.acquireLease(LEASE, "a", Duration.ofMillis(150)));
    pass(Duration.ofMillis(400));
    StateStore.LeaseAnswer second = get(store.acquireLease(LEASE, "b", TTL));

    assertThat(second.held()).isTrue();
    assertThat(second.token()).isGreaterThan(first.token());
  }

  @Test
  void shouldReadSomeEntriesAndEveryKeyOfATable() {
    StateStore store = store(BOUND);
    long token = started(store);
    get(store.append(append(token, 1, 1, "one", 1)));
    get(store.append(append(token, 2, 2, "two", 2)));

    assertThat(get(store.readKeys(SOURCE, "e1"))).containsExactlyInAnyOrder("t/1", "t/2");
    assertThat(get(store.readEntries(SOURCE, "e1", List.of("t/2", "t/9", "t/1"))))
        .containsExactly(
            new Entry("t/2", Buffer.buffer("two")),
            new Entry("t/9", null),
            new Entry("t/1", Buffer.buffer("one")));
    assertThat(get(store.readEntries(SOURCE, "e1", List.of()))).isEmpty();
    assertThat(get(store.readKeys(SOURCE, "e0"))).isEmpty();
    assertThat(get(store.readEntries(SOURCE, "e0", List.of("t/1"))))
        .containsExactly(new Entry("t/1", null));
  }

  @Test
  void shouldHaveNoHeadBeforeTheFirstEpoch() {
    StateStore store = store(BOUND);
    assertThat(get(store.head(SOURCE))).isNull();
    long token = own(store, "a");
    assertThat(get(store.append(append(token, 1, 1, "x", 1)))).isEqualTo(AppendAnswer.LOG_MOVED);
  }

  @Test
  void shouldAppendAndKeepHeadTableAndFeedTogether() {
    StateStore store = store(BOUND);
    long token = started(store);

    assertThat(get(store.append(append(token, 1, 3, "one", 1)))).isEqualTo(AppendAnswer.APPENDED);
    Append second =
        new Append(
            SOURCE,
            token,
            "e1",
            4,
            6,
            List.of(
                new LoggedBatch(4, 4, Buffer.buffer("four")),
                new LoggedBatch(5, 6, Buffer.buffer("five"))),
            List.of(new Entry("t/3", null), new Entry("t/ü", Buffer.buffer("größer"))),
            feed(2));
    assertThat(get(store.append(second))).isEqualTo(AppendAnswer.APPENDED);

    assertThat(get(store.head(SOURCE)))
        .isEqualTo(new StateStore.Head("e1", 6, token, feed(2), false));
    assertThat(table(store, "e1")).isEqualTo(Map.of("t/ü", "größer"));
    LogPage page = get(store.readLog(SOURCE, "e1", 1, 1_000));
    assertThat(page.available()).isTrue();
    assertThat(page.head()).isEqualTo(6);
    assertThat(page.batches())
        .extracting(LoggedBatch::from, LoggedBatch::offset, batch -> batch.payload().toString())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1L, 3L, "one"),
            org.assertj.core.groups.Tuple.tuple(4L, 4L, "four"),
            org.assertj.core.groups.Tuple.tuple(5L, 6L, "five"));
  }

  @Test
  void shouldTakeARepeatedAppendOnce() {
    StateStore store = store(BOUND);
    long token = started(store);
    Append append = append(token, 1, 3, "one", 1);

    assertThat(get(store.append(append))).isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.append(append))).isEqualTo(AppendAnswer.ALREADY_DONE);
    assertThat(get(store.readLog(SOURCE, "e1", 1, 1_000)).batches()).hasSize(1);
  }

  @Test
  void shouldTakeARepeatedAppendWithoutBatchesOnceEvenAfterALaterOne() {
    StateStore store = store(BOUND);
    long token = started(store);
    Append first = onlyEntries(token, "old", 1);
    Append second = onlyEntries(token, "new", 2);

    assertThat(get(store.append(first))).isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.append(second))).isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.append(first))).isEqualTo(AppendAnswer.ALREADY_DONE);
    assertThat(table(store, "e1")).isEqualTo(Map.of("w/a", "new"));
    assertThat(get(store.head(SOURCE)).feed()).isEqualTo(feed(2));
  }

  private static Append onlyEntries(long token, String text, long batch) {
    List<Entry> entries = List.of(new Entry("w/a", Buffer.buffer(text)));
    return new Append(SOURCE, token, "e1", 1, 0, List.of(), entries, feed(batch));
  }

  @Test
  void shouldFenceAnOwnerWithAnOlderToken() {
    StateStore store = store(BOUND);
    long old = started(store);
    get(store.releaseLease(LEASE, old));
    long current = own(store, "b");

    assertThat(get(store.append(append(old, 1, 1, "x", 1)))).isEqualTo(AppendAnswer.FENCED);
    assertThat(get(store.startEpoch(SOURCE, old, "e2", List.of(), FeedPosition.NONE)))
        .isEqualTo(AppendAnswer.FENCED);
    assertThat(get(store.append(append(current, 1, 1, "x", 1)))).isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.head(SOURCE)).token()).isEqualTo(current);
  }

  @Test
  void shouldRefuseAHoleAnOverlapAndAnotherEpoch() {
    StateStore store = store(BOUND);
    long token = started(store);
    get(store.append(append(token, 1, 3, "one", 1)));

    assertThat(get(store.append(append(token, 5, 6, "x", 2)))).isEqualTo(AppendAnswer.LOG_MOVED);
    assertThat(get(store.append(append(token, 3, 4, "x", 2)))).isEqualTo(AppendAnswer.LOG_MOVED);
    Append other = new Append(SOURCE, token, "e2", 4, 4, Buffer.buffer("x"), List.of(), feed(2));
    assertThat(get(store.append(other))).isEqualTo(AppendAnswer.LOG_MOVED);
    assertThat(get(store.head(SOURCE)).offset()).isEqualTo(3);
    assertThat(table(store, "e1")).containsOnlyKeys("t/3");
  }

  @Test
  void shouldRefuseAFeedPositionThatIsDoneOrFenced() {
    StateStore store = store(BOUND);
    long token = started(store);
    get(store.append(append(token, 1, 1, "one", 5)));

    assertThat(get(store.append(append(token, 2, 2, "x", 4)))).isEqualTo(AppendAnswer.FEED_FENCED);
    assertThat(get(store.append(append(token, 2, 2, "x", 5)))).isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.head(SOURCE)).feed()).isEqualTo(feed(5));
  }

  @Test
  void shouldRefuseTheEventsOfABridgeThatWasSupersededSoThatTheNextReadsAPositionThatStands() {
    StateStore store = store(BOUND);
    long token = started(store);
    long first = get(store.acquireLease("bridge:celery", "b1", TTL)).token();
    FeedPosition one = new FeedPosition(first, 1, "h1");
    Append append = new Append(SOURCE, token, "e1", 1, 1, Buffer.buffer("x"), List.of(), one);
    assertThat(get(store.append(append))).isEqualTo(AppendAnswer.APPENDED);

    get(store.releaseLease("bridge:celery", first));
    long second = get(store.acquireLease("bridge:celery", "b2", TTL)).token();

    FeedPosition late = new FeedPosition(first, 2, "h2");
    Append tooLate = new Append(SOURCE, token, "e1", 2, 2, Buffer.buffer("x"), List.of(), late);
    assertThat(get(store.append(tooLate))).isEqualTo(AppendAnswer.FEED_FENCED);
    assertThat(get(store.head(SOURCE)).feed()).isEqualTo(one);
    Append rowsOnly = new Append(SOURCE, token, "e1", 2, 2, Buffer.buffer("x"), List.of(), one);
    assertThat(get(store.append(rowsOnly))).isEqualTo(AppendAnswer.APPENDED);
    Append next =
        new Append(
            SOURCE,
            token,
            "e1",
            3,
            3,
            Buffer.buffer("x"),
            List.of(),
            new FeedPosition(second, 1, "h2"));
    assertThat(get(store.append(next))).isEqualTo(AppendAnswer.APPENDED);
  }

  @Test
  void shouldStartANewEpochWithItsWholeTableAndDropTheOneBefore() {
    StateStore store = store(BOUND);
    long token = started(store);
    get(store.append(append(token, 1, 3, "one", 1)));
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      entries.add(new Entry("t/" + i, Buffer.buffer("v" + i)));
    }

    assertThat(get(store.startEpoch(SOURCE, token, "e2", entries, feed(9))))
        .isEqualTo(AppendAnswer.APPENDED);
    assertThat(get(store.startEpoch(SOURCE, token, "e2", entries, feed(9))))
        .isEqualTo(AppendAnswer.ALREADY_DONE);

    assertThat(get(store.head(SOURCE)))
        .isEqualTo(new StateStore.Head("e2", 0, token, feed(9), false));
    assertThat(table(store, "e2")).hasSize(2_500).containsEntry("t/2499", "v2499");
    assertThat(table(store, "e1")).isEmpty();
    assertThat(get(store.readLog(SOURCE, "e1", 1, 1_000)).available()).isFalse();
  }

  @Test
  void shouldReadTheLogFromTheBatchThatHoldsAnOffset() {
    StateStore store = store(new LogBound(Duration.ofMinutes(1), 1_000_000));
    long token = started(store);
    for (int i = 0; i < 40; i++) {
      get(store.append(append(token, 1 + 3L * i, 3 + 3L * i, "batch " + i, i + 1)));
    }

    LogPage middle = get(store.readLog(SOURCE, "e1", 5, 1_000_000));
    assertThat(middle.available()).isTrue();
    assertThat(middle.batches()).hasSize(39);
    assertThat(middle.batches().get(0).from()).isEqualTo(4);
    LogPage small = get(store.readLog(SOURCE, "e1", 5, 1));
    assertThat(small.batches()).hasSize(1);
    LogPage end = get(store.readLog(SOURCE, "e1", 121, 1_000));
    assertThat(end).isEqualTo(new LogPage(true, 120, List.of()));
    assertThat(get(store.readLog(SOURCE, "e1", 122, 1_000)).available()).isFalse();
    assertThat(get(store.readLog(SOURCE, "other", 5, 1_000)).available()).isFalse();
  }

  @Test
  void shouldBoundTheLogByBytesAndAge() {
    StateStore store = store(BOUND);
    long token = started(store);
    String text = "x".repeat(200);
    for (int i = 1; i <= 10; i++) {
      get(store.append(append(token, i, i, text, i)));
    }

    assertThat(get(store.readLog(SOURCE, "e1", 1, 10_000)).available()).isFalse();
    LogPage page = get(store.readLog(SOURCE, "e1", 8, 10_000));
    assertThat(page.available()).isTrue();
    assertThat(page.batches()).hasSize(3);

    pass(Duration.ofMillis(1_300));
    get(store.append(append(token, 11, 11, "y", 11)));
    assertThat(get(store.readLog(SOURCE, "e1", 10, 10_000)).available()).isFalse();
    assertThat(get(store.readLog(SOURCE, "e1", 11, 10_000)).batches()).hasSize(1);
  }

  @Test
  void shouldLetOneCommandOfAMsgIdThroughAndRepeatItsAnswer() {
    StateStore store = store(BOUND);
    Duration ttl = Duration.ofMillis(200);
    StateStore.CommandClaim first =
        get(store.claimCommand("ann", "m1", "h1", Buffer.buffer("one"), ttl));
    StateStore.CommandClaim again =
        get(store.claimCommand("ann", "m1", "h1", Buffer.buffer("two"), ttl));
    StateStore.CommandClaim otherBody =
        get(store.claimCommand("ann", "m1", "h2", Buffer.buffer("two"), ttl));
    StateStore.CommandClaim otherUser =
        get(store.claimCommand("bob", "m1", "h1", Buffer.buffer("two"), ttl));

    assertThat(first).isEqualTo(new StateStore.CommandClaim(true, true, Buffer.buffer("one")));
    assertThat(again).isEqualTo(new StateStore.CommandClaim(false, true, Buffer.buffer("one")));
    assertThat(otherBody)
        .isEqualTo(new StateStore.CommandClaim(false, false, Buffer.buffer("one")));
    assertThat(otherUser.first()).isTrue();
    pass(Duration.ofMillis(400));
    assertThat(get(store.claimCommand("ann", "m1", "h3", Buffer.buffer("x"), ttl)).first())
        .isTrue();
  }

  @Test
  void shouldKeepTheNewestOfTheAudit() {
    StateStore store = store(BOUND);
    get(store.appendAudit(SOURCE, "{\"n\":1}"));
    get(store.appendAudit(SOURCE, "{\"n\":2}"));
    get(store.appendAudit(SOURCE, "{\"n\":3}"));

    assertThat(get(store.readAudit(SOURCE, 2))).containsExactly("{\"n\":3}", "{\"n\":2}");
    assertThat(get(store.readAudit("other", 2))).isEmpty();
  }

  @Test
  void shouldKeepSmallNamedValues() {
    StateStore store = store(BOUND);
    get(store.putValue(SOURCE, "paused/mail", "1"));
    get(store.putValue(SOURCE, "paused/ü", "2"));
    get(store.putValue(SOURCE, "paused/mail", null));

    assertThat(get(store.readValues(SOURCE))).containsExactly("paused/ü", "2");
    get(store.ping());
  }

  @Test
  void shouldRefuseOneValueTooMany() {
    StateStore store = store(BOUND);
    List<Future<Void>> puts = new ArrayList<>();
    for (int i = 0; i < StateStore.MAX_VALUES; i++) {
      puts.add(store.putValue(SOURCE, "k" + i, "v"));
      if (puts.size() == 500) {
        get(Future.all(puts));
        puts.clear();
      }
    }
    get(Future.all(puts));

    get(store.putValue(SOURCE, "k1", "again"));
    assertThatThrownBy(() -> get(store.putValue(SOURCE, "one more", "v")))
        .hasStackTraceContaining("expected: at most 10000");
  }
}
