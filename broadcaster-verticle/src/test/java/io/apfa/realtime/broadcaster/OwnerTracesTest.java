package io.apfa.realtime.broadcaster;

import static io.apfa.realtime.broadcaster.StateStoreContract.get;
import static io.apfa.realtime.broadcaster.TestNode.SOURCE;
import static io.apfa.realtime.broadcaster.room.Events.T0;
import static io.apfa.realtime.broadcaster.room.Events.received;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.EventBatchReply;
import io.apfa.realtime.protocol.bus.BusMessage.Publication;
import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.store.MemoryStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.trace.Hop;
import io.apfa.realtime.runtime.trace.Span;
import io.apfa.realtime.testkit.RecordedTracing.Ended;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an owner tells of the batches of events that are traced. */
class OwnerTracesTest {
  private static final TraceContext TRACE = new TraceContext(7, 8, 9);

  private final AtomicInteger appendsToFail = new AtomicInteger();
  private TestNode node;

  @BeforeEach
  void start() {
    StateStore store = new MemoryStateStore(new SystemClock());
    node = TestNode.start("n1", vertx -> failingAppends(store)).awaitOwner();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private StateStore failingAppends(StateStore behind) {
    return (StateStore)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {StateStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("append")
                  && appendsToFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture("the store cannot be reached");
              }
              try {
                return method.invoke(behind, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private EventBatchReply send(long number, TraceContext trace, List<CeleryEvent> events) {
    return get(
        node.ask(
            new BusMessage.EventBatch(SOURCE, new FeedPosition(1, number, "h"), events, trace),
            EventBatchReply.class));
  }

  private static List<CeleryEvent> tasks(int count) {
    List<CeleryEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(received("t" + i, 0, T0));
    }
    return events;
  }

  private Ended only(Hop hop) {
    await(hop.word()).until(() -> !node.traces.ended(hop).isEmpty());
    assertThat(node.traces.ended(hop)).hasSize(1);
    return node.traces.ended(hop).get(0);
  }

  @Test
  void shouldSendATraceOnWithTheLastPublicationOfTheFlushThatLoggedIt() {
    send(1, TRACE, tasks(120));
    await().until(() -> node.publications.size() == 3);

    Ended flush = only(Hop.OWNER_FLUSH);
    Ended append = only(Hop.OWNER_APPEND);
    assertThat(flush.context().traceId()).isEqualTo(TRACE.traceId());
    assertThat(flush.parent()).isEqualTo(TRACE.spanId());
    assertThat(append.isUnder(flush)).isTrue();
    assertThat(append.said())
        .containsEntry(Span.Key.FROM, "1")
        .containsEntry(Span.Key.OFFSET, "120")
        .containsEntry(Span.Key.ROWS, "120")
        .doesNotContainKey(Span.Key.TRIES);
    assertThat(flush.said())
        .containsEntry(Span.Key.SOURCE, SOURCE)
        .containsEntry(Span.Key.EVENTS, "120")
        .containsEntry(Span.Key.GATEWAYS, "1");
    assertThat(node.publications)
        .extracting(Publication::traces)
        .containsExactly(List.of(), List.of(), List.of(flush.context()));
  }

  @Test
  void shouldTellABatchOnceThoughItIsRepeated() {
    send(1, TRACE, tasks(1));
    send(1, TRACE, tasks(1));
    send(2, null, tasks(2));
    assertThat(only(Hop.OWNER_FLUSH).failure()).isNull();
    assertThat(node.publications.get(1).traces()).isEmpty();
  }

  @Test
  void shouldEndATraceInTheLogWhenItsEventsChangedNothing() {
    send(1, null, tasks(1));
    send(2, TRACE, tasks(1));
    assertThat(only(Hop.OWNER_APPEND).said()).containsEntry(Span.Key.ROWS, "0");
    assertThat(node.publications).hasSize(1);
  }

  @Test
  void shouldCarryTheTracesOfAllBatchesOfAFlushAndNoMoreThanItsBound() {
    appendsToFail.set(2);
    get(node.interest());
    for (int i = 1; i <= FlushTraces.MAX_BATCHES + 5; i++) {
      var unused =
          node.ask(
              new BusMessage.EventBatch(
                  SOURCE,
                  new FeedPosition(1, i, "h"),
                  List.of(received("t" + i, 0, T0)),
                  new TraceContext(i, i, i)),
              EventBatchReply.class);
    }
    int last = FlushTraces.MAX_BATCHES + 6;
    send(last, null, List.of(received("t" + last, 0, T0)));

    assertThat(node.traces.ended(Hop.OWNER_FLUSH)).hasSize(FlushTraces.MAX_BATCHES);
    assertThat(node.traces.ended(Hop.OWNER_APPEND)).hasSize(FlushTraces.MAX_BATCHES);
    assertThat(node.traces.ended(Hop.OWNER_APPEND).get(0).said())
        .containsEntry(Span.Key.TRIES, "3");
    await()
        .until(
            () ->
                node.publications.stream().mapToInt(p -> p.traces().size()).sum()
                    == FlushTraces.MAX_BATCHES);
  }

  @Test
  void shouldNameTheTraceInTheLogLineOfAnAppendThatFails() {
    Map<String, Map<String, String>> lines = new ConcurrentHashMap<>();
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            lines.put(event.getFormattedMessage(), Map.copyOf(event.getMDCPropertyMap()));
          }
        };
    Logger logger = (Logger) LoggerFactory.getLogger(SourceMetrics.class);
    appender.start();
    logger.addAppender(appender);
    try {
      appendsToFail.set(1);
      send(1, TRACE, tasks(1));
    } finally {
      logger.detachAppender(appender);
    }
    String line =
        lines.keySet().stream().filter(l -> l.startsWith("append of celery")).findFirst().get();
    assertThat(lines.get(line))
        .containsEntry("trace_id", TRACE.traceId())
        .containsEntry("span_id", only(Hop.OWNER_APPEND).context().spanIdText());
  }

  @Test
  void shouldTellATraceAsFailedWhenTheOwnerStopsBeforeItsAppend() {
    appendsToFail.set(Integer.MAX_VALUE);
    var unused =
        node.ask(
            new BusMessage.EventBatch(SOURCE, new FeedPosition(1, 1, "h"), tasks(1), TRACE),
            EventBatchReply.class);
    await("it tries").until(() -> appendsToFail.get() < Integer.MAX_VALUE);
    node.undeploy();
    assertThat(only(Hop.OWNER_FLUSH).failure()).contains("no more");
    assertThat(only(Hop.OWNER_APPEND).failure()).contains("no more");
  }
}
