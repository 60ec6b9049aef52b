package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One reader at 1 KB/s and one that stops, among many ({@code -Dapfa.slow.sessions=1000}; 20 by
 * default): memory stays bounded, the others do not feel it, and both slow ones have the last state
 * of every task once they read again. The others are compared with those of a second gateway in the
 * same rounds, which has no slow readers: by p99 when a number of sessions is given, else by the
 * median, for beside other tests p99 tells of the machine.
 */
class SlowReaderTest {
  private static final int SESSIONS = Integer.getInteger("apfa.slow.sessions", 20);
  private static final int PERCENTILE = Integer.getInteger("apfa.slow.sessions") == null ? 50 : 99;
  private static final int WARM_UP_ROUNDS = 30;
  private static final int ROUNDS = 100;
  private static final int OUTBOX_BYTES = 256 * 1024;
  private static final int CREDIT_TO_JOIN_BYTES = 8192;
  private static final int TICKS_PER_SECOND = 10;
  private static final Limits LIMITS =
      Limits.DEFAULTS
          .with(LimitKey.GATEWAY_CONNECTS_PER_SECOND, 100_000)
          .with(LimitKey.SESSION_MESSAGES_PER_SECOND, 1000)
          .with(LimitKey.SESSION_BURST, 1000)
          .with(LimitKey.SESSION_OUTBOX_BYTES, OUTBOX_BYTES);

  private final ScheduledExecutorService pacer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    pacer.shutdownNow();
  }

  private static void rounds(int count, Audience one, Audience other) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      Audience first = i % 2 == 0 ? one : other;
      Audience second = i % 2 == 0 ? other : one;
      first.begin("STARTED");
      first.finish();
      second.begin("STARTED");
      second.finish();
    }
  }

  private static double unsentBytes(Audience audience) {
    return audience.gateway.metrics.get("apfa_gateway_outbox_bytes").gauge().value();
  }

  private static double sessions(Audience audience) {
    return audience.gateway.metrics.get("apfa_ws_connections").gauge().value();
  }

  private static void awaitRegistered(SlowClient client) {
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(client.isRegistered()).as("registered; %s", client.failure()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "websocket", "xhr_streaming", "xhr", "eventsource", "htmlfile"})
  void shouldBoundWhatSlowReadersCostAndLeaveTheOthersAlone(String transport) throws Exception {
    try (Audience beside = new Audience(SESSIONS, ROUNDS, LIMITS);
        Audience control = new Audience(SESSIONS, ROUNDS, LIMITS);
        SlowClient slow = new SlowClient(beside.gateway.port(), transport);
        SlowClient stopping = new SlowClient(beside.gateway.port(), transport)) {
      rounds(WARM_UP_ROUNDS, beside, control);
      beside.takeMillis(PERCENTILE);
      control.takeMillis(PERCENTILE);
      for (SlowClient client : new SlowClient[] {slow, stopping}) {
        client.allow(CREDIT_TO_JOIN_BYTES);
        awaitRegistered(client);
      }
      ScheduledFuture<?> paced =
          pacer.scheduleAtFixedRate(
              () -> slow.allow(1024 / TICKS_PER_SECOND),
              0,
              1000 / TICKS_PER_SECOND,
              TimeUnit.MILLISECONDS);

      rounds(ROUNDS, beside, control);
      double unsent = unsentBytes(beside);
      for (int i = 0; i < Audience.TASKS / Audience.TASKS_PER_ROUND; i++) {
        beside.publish("SUCCESS");
      }

      if (sessions(beside) > SESSIONS) { // polls that take longer than SockJS waits end theirs
        assertThat(unsent).as("slow readers hold back").isGreaterThan(0);
      }
      assertThat(unsent).as("unsent bytes of both").isLessThan(4.0 * OUTBOX_BYTES);
      assertThat(beside.takeMillis(PERCENTILE))
          .as("p%d in ms beside slow readers", PERCENTILE)
          .isLessThan(3 * control.takeMillis(PERCENTILE) + 30);
      paced.cancel(false);
      for (SlowClient client : new SlowClient[] {slow, stopping}) {
        client.hurry();
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(client.states.values())
                        .as(client.failure())
                        .hasSize(Audience.TASKS)
                        .containsOnly("SUCCESS"));
      }
    }
  }
}
