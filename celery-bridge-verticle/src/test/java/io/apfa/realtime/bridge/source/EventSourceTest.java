package io.apfa.realtime.bridge.source;

import io.apfa.realtime.bridge.Publisher;
import io.apfa.realtime.bridge.RabbitServer;
import io.apfa.realtime.bridge.event.HeardMessage;
import io.apfa.realtime.runtime.SystemClock;
import io.apfa.realtime.runtime.SystemTicker;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** The one contract, on a real Redis, a real RabbitMQ and the twin in memory. */
class EventSourceTest {
  @Nested
  class Memory extends EventSourceContract {
    @Override
    EventSource open(Vertx vertx) {
      return new MemoryEventSource();
    }

    @Override
    void publish(EventSource source, String body) {
      byte[] bytes = Publisher.envelope(body).getBytes(StandardCharsets.UTF_8);
      ((MemoryEventSource) source).publish(HeardMessage.envelope(bytes, 5));
    }

    @Override
    void restartBroker(EventSource source) {
      ((MemoryEventSource) source).disconnect(10);
      publish(source, "unheard");
      ((MemoryEventSource) source).reconnect(20);
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnRedis extends EventSourceContract {
    private RedisServer redis;

    @BeforeAll
    void startServer() {
      redis = RedisServer.start();
    }

    @AfterAll
    void stopServer() {
      redis.close();
    }

    @Override
    EventSource open(Vertx vertx) {
      return new RedisEventSource(
          vertx,
          RedisEndpoint.parse(redis.url()),
          new RedisNames(RedisTransport.DEFAULT, 0, "celeryev", "celery").eventPattern(),
          new SystemTicker(),
          new SystemClock());
    }

    @Override
    void publish(EventSource source, String body) {
      try (Publisher publisher = new Publisher(redis)) {
        publisher.event(body);
      }
    }

    @Override
    void restartBroker(EventSource source) {
      redis.restart();
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnRabbit extends EventSourceContract {
    private RabbitServer rabbit;
    private RabbitLink link;
    private Vertx publishing;
    private int count;

    @BeforeAll
    void startServer() {
      rabbit = RabbitServer.start();
      publishing = Vertx.vertx();
      link = new RabbitLink(publishing, rabbit.url());
    }

    @AfterAll
    void stopServer() throws Exception {
      link.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
      publishing.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
      rabbit.close();
    }

    @Override
    EventSource open(Vertx vertx) {
      return new RabbitEventSource(
          vertx,
          new RabbitLink(vertx, rabbit.url()),
          "celeryev",
          "apfa.test" + ++count,
          new SystemClock());
    }

    @Override
    void publish(EventSource source, String body) {
      try {
        link.run(
                channel ->
                    channel.basicPublish(
                        "celeryev",
                        "task.multi",
                        new com.rabbitmq.client.AMQP.BasicProperties.Builder()
                            .contentType("application/json")
                            .headers(Map.of("hostname", "w"))
                            .deliveryMode(1)
                            .build(),
                        body.getBytes(StandardCharsets.UTF_8)))
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
      } catch (InterruptedException
          | java.util.concurrent.ExecutionException
          | java.util.concurrent.TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    void restartBroker(EventSource source) {
      rabbit.restart();
    }
  }
}
