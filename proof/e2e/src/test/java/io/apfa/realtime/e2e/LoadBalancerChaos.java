package io.apfa.realtime.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apfa.realtime.testkit.EventPublisher;
import io.apfa.realtime.testkit.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three gateways behind a real load balancer, set up as {@code conf/loadbalancer} says. Part of
 * {@code make chaos}: it takes a minute.
 */
class LoadBalancerChaos {
  private static final int CLIENTS = 6;
  private static final int ROWS = Integer.getInteger("apfa.loadbalancer.rows", 60);

  private static RedisServer redis;
  private static Nodes nodes;
  private static List<ApfaProcess> gateways;
  private static Thread load;
  private static volatile boolean ended;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
    String everything = "broadcaster,ratelimit,celery-bridge,gateway";
    nodes = Nodes.cluster(redis.url(), Map.of(), everything, everything, everything);
    gateways = nodes.nodes(everything);
    load = new Thread(LoadBalancerChaos::publish, "load");
    load.start();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    ended = true;
    if (load != null) {
      load.join();
      nodes.close();
    }
    redis.close();
  }

  /** A hundred events a second, until the tests end. */
  private static void publish() {
    try (EventPublisher publisher = new EventPublisher(redis.port())) {
      String uuid = "";
      for (int i = 0; !ended; i++) {
        if (i % 4 == 0) {
          uuid = UUID.randomUUID().toString();
        }
        publisher.write(
            EventPublisher.command(
                List.of(
                    EventPublisher.event(uuid, i % 4, System.currentTimeMillis() / 1000.0, i))));
        publisher.flush();
        LockSupport.parkNanos(10_000_000);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx.conf", "haproxy.cfg"})
  void shouldKeepEverySessionAtItsGateway(String file) {
    List<SockJsClient> clients = new ArrayList<>();
    List<RoomListener> sockets = new ArrayList<>();
    try (LoadBalancer balancer = LoadBalancer.start(file, gateways, text -> text)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new SockJsClient(balancer.url(""), i % 2 == 0));
        sockets.add(new RoomListener(() -> balancer.webSocketUrl("/eventbus/websocket")));
      }
      await("updates over every transport")
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(
              () -> {
                assertThat(clients)
                    .allSatisfy(
                        client ->
                            assertThat(client.rows())
                                .as(client.violations().toString())
                                .isGreaterThan(ROWS));
                assertThat(sockets)
                    .allSatisfy(socket -> assertThat(socket.states()).hasSizeGreaterThan(ROWS / 4));
              });
      assertThat(clients).allSatisfy(client -> assertThat(client.violations()).isEmpty());
      assertThat(sockets)
          .allSatisfy(
              socket -> {
                assertThat(socket.violations()).isEmpty();
                assertThat(socket.connections()).isEqualTo(1);
              });
      assertThat(clients).anySatisfy(client -> assertThat(client.requests()).isGreaterThan(5));
      assertThat(gateways.stream().filter(g -> g.metric("apfa_ws_connections") > 0))
          .as("gateways with sessions")
          .hasSizeGreaterThan(1);
    } finally {
      sockets.forEach(RoomListener::close);
      clients.forEach(SockJsClient::close);
    }
  }

  /** The two transports a client ends with when SockJS's HTTP ones cannot work. */
  @Test
  void shouldWorkWithoutStickinessOverAWebSocketAndByPolling() {
    try (LoadBalancer balancer =
        LoadBalancer.start(
            "nginx.conf", gateways, text -> text.replace("hash $apfa_route consistent;", ""))) {
      SockJsClient stateful = new SockJsClient(balancer.url(""), false);
      RoomListener socket = new RoomListener(() -> balancer.webSocketUrl("/eventbus/websocket"));
      try {
        await("without stickiness the session is looked for where it is not")
            .atMost(Duration.ofMinutes(1))
            .until(() -> !stateful.violations().isEmpty());
        await("updates over a WebSocket")
            .atMost(Duration.ofMinutes(1))
            .until(() -> socket.states().size() > ROWS / 4);
        assertThat(socket.violations()).isEmpty();
        assertThat(poll(balancer)).isGreaterThan(ROWS);
      } finally {
        stateful.close();
        socket.close();
      }
    }
  }

  /** Long polls, each at whatever gateway comes; every one goes on where the one before ended. */
  private static int poll(LoadBalancer balancer) {
    String url = balancer.url("/api/v1/rooms/celery:tasks/publications");
    String position = new JsonObject(ApfaProcess.get(url)).getString("position");
    int rows = 0;
    for (int i = 0; i < 12 || (rows <= ROWS && i < 100); i++) {
      JsonObject answer = new JsonObject(ApfaProcess.get(url + "?wait=5&position=" + position));
      assertThat(answer.getBoolean("recovered")).as(answer.encode()).isTrue();
      rows += answer.getJsonArray("updates").size();
      position = answer.getString("position");
    }
    return rows;
  }
}
