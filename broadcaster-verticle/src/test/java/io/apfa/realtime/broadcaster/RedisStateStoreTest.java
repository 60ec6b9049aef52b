package io.apfa.realtime.broadcaster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.bus.FeedPosition;
import io.apfa.realtime.runtime.store.LogBound;
import io.apfa.realtime.runtime.store.RedisStateStore;
import io.apfa.realtime.runtime.store.StateStore;
import io.apfa.realtime.runtime.store.StateStore.AppendAnswer;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisStateStoreTest extends StateStoreContract {
  private static RedisServer redis;
  private static Vertx vertx;
  private static int stores;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    get(vertx.close());
    redis.close();
  }

  @Override
  StateStore store(LogBound bound) {
    return store(redis, bound, RedisStateStore.CALL_TIMEOUT);
  }

  private static StateStore store(RedisServer server, LogBound bound, Duration timeout) {
    return RedisStateStore.open(vertx, server.url(), "t" + ++stores + ":", bound, timeout);
  }

  @Override
  void pass(Duration time) {
    Awaitility.await().pollDelay(time).until(() -> true);
  }

  @Test
  void shouldFailQuicklyWhileTheServerIsPausedAndAnswerAgainAfterwards() {
    try (RedisServer own = RedisServer.start()) {
      StateStore store = store(own, LogBound.DEFAULT, Duration.ofMillis(300));
      get(store.ping());
      own.pause();
      assertThatThrownBy(() -> get(store.ping())).hasStackTraceContaining("Timeout");
      own.resume();
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> answers(store));
    }
  }

  @Test
  void shouldFailQuicklyWhileTheServerIsDownAndAnswerAgainAfterwards() {
    try (RedisServer own = RedisServer.start()) {
      StateStore store = store(own, LogBound.DEFAULT, Duration.ofMillis(300));
      get(store.ping());
      own.kill();
      assertThatThrownBy(() -> get(store.ping())).isNotNull();
      own.restart();
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> answers(store));
    }
  }

  @Test
  void shouldSayThatTheLogMovedWhenAnotherRunOfTheServerWroteIt() {
    try (RedisServer own = RedisServer.start("--appendonly", "yes", "--appendfsync", "always")) {
      StateStore store = store(own, LogBound.DEFAULT, RedisStateStore.CALL_TIMEOUT);
      long token = get(store.acquireLease("owner:celery", "a", Duration.ofMinutes(1))).token();
      FeedPosition feed = new FeedPosition(1, 1, "h");
      get(store.startEpoch("celery", token, "e1", List.of(), FeedPosition.NONE));
      StateStore.Append append =
          new StateStore.Append("celery", token, "e1", 1, 1, Buffer.buffer("x"), List.of(), feed);
      assertThat(get(store.append(append))).isEqualTo(AppendAnswer.APPENDED);
      assertThat(get(store.head("celery")).storeRestarted()).isFalse();

      own.restart();
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> answers(store));

      assertThat(get(store.head("celery")).storeRestarted()).isTrue();
      assertThat(get(store.head("celery")).offset()).isEqualTo(1);
      StateStore.Append next =
          new StateStore.Append("celery", token, "e1", 2, 2, Buffer.buffer("x"), List.of(), feed);
      assertThat(get(store.append(next))).isEqualTo(AppendAnswer.LOG_MOVED);
    }
  }

  @Test
  void shouldSayWhenTheServerMayEvictKeys() {
    try (RedisServer evicting =
            RedisServer.start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
        RedisServer safe = RedisServer.start("--maxmemory", "100mb")) {
      assertThat(risk(evicting)).contains("allkeys-lru").contains("expected: noeviction");
      assertThat(risk(safe)).isEmpty();
      assertThat(risk(redis)).isEmpty();
    }
  }

  private static String risk(RedisServer server) {
    return get(RedisStateStore.open(vertx, server.url(), "x:").evictionRisk());
  }

  private static boolean answers(StateStore store) {
    try {
      get(store.ping());
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
