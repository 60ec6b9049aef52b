package io.apfa.realtime.bridge.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.bridge.event.Decoded;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every event source does, whatever the broker. */
abstract class EventSourceContract {
  private Vertx vertx;
  private Context context;
  private EventSource source;
  private final List<HeardMessage> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger disconnected = new AtomicInteger();

  /** A source on the broker of this test. */
  abstract EventSource open(Vertx vertx);

  /** Publishes a JSON body as a Celery worker would. */
  abstract void publish(EventSource source, String body);

  /** Takes the broker away and brings it back, without what it held in memory. */
  abstract void restartBroker(EventSource source);

  @BeforeEach
  void begin() {
    heard.clear();
    connected.set(0);
    disconnected.set(0);
    vertx = Vertx.vertx();
    context = vertx.getOrCreateContext();
    source = open(vertx);
    run(
        () ->
            source.start(
                new EventSource.Listener() {
                  @Override
                  public void onMessage(HeardMessage message) {
                    heard.add(message);
                  }

                  @Override
                  public void onConnected() {
                    connected.incrementAndGet();
                  }

                  @Override
                  public void onDisconnected(String reason) {
                    disconnected.incrementAndGet();
                  }
                }));
    await().atMost(20, TimeUnit.SECONDS).until(() -> connected.get() == 1);
    run(() -> source.consume(true));
  }

  @AfterEach
  void end() throws Exception {
    source.stop().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private void run(Runnable action) {
    context.runOnContext(v -> action.run());
  }

  private static String event(String uuid) {
    return "{\"hostname\": \"w\", \"timestamp\": 1.5, \"type\": \"task-started\", \"uuid\": \""
        + uuid
        + "\"}";
  }

  private List<String> uuids() {
    Decoded decoded = Decoded.of(heard.toArray(HeardMessage[]::new));
    List<String> uuids = new ArrayList<>();
    for (int i = 0; i < decoded.events.size(); i++) {
      uuids.add(decoded.task(i).uuid());
    }
    return uuids;
  }

  @Test
  void shouldTellMessagesInTheOrderOfTheirPublication() {
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sent.add("u" + i);
      publish(source, event("u" + i));
    }
    await().atMost(20, TimeUnit.SECONDS).until(() -> heard.size() >= 200);
    assertThat(uuids()).isEqualTo(sent);
  }

  @Test
  void shouldTellAnyBytesAsTheyAre() {
    publish(source, "\u00e9 \ud83d\ude00 not JSON");
    publish(source, "");
    publish(source, event("x".repeat(300)));
    await().atMost(20, TimeUnit.SECONDS).until(() -> heard.size() == 3);
    assertThat(uuids()).containsExactly("x".repeat(300));
  }

  @Test
  void shouldComeBackAfterTheBrokerWasAwayAndMarkTheBreak() {
    publish(source, event("before"));
    await().atMost(20, TimeUnit.SECONDS).until(() -> heard.size() == 1);
    run(() -> source.acknowledge(heard.get(0).deliveryTag()));

    restartBroker(source);

    await().atMost(60, TimeUnit.SECONDS).until(() -> connected.get() == 2);
    assertThat(disconnected.get()).isEqualTo(1);
    publish(source, event("after"));
    await().atMost(20, TimeUnit.SECONDS).until(() -> uuids().contains("after"));
    List<HeardMessage> breaks =
        heard.stream().filter(m -> m.form() == HeardMessage.Form.BREAK).toList();
    assertThat(breaks).hasSize(1);
    assertThat(breaks.get(0).sinceMillis()).isLessThanOrEqualTo(breaks.get(0).receivedMillis());
    assertThat(heard.indexOf(breaks.get(0))).isLessThan(heard.size() - 1);
  }

  @Test
  void shouldTellNothingAfterItStopped() throws Exception {
    source.stop().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    int before = heard.size();
    publish(source, event("late"));
    await().during(300, TimeUnit.MILLISECONDS).until(() -> heard.size() == before);
  }
}
