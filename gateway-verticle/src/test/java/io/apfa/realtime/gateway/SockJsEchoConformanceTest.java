package io.apfa.realtime.gateway;

import io.apfa.realtime.gateway.transport.EchoServer;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The SockJS protocol document on an echo behind our guard and session core. */
class SockJsEchoConformanceTest implements SockJsCases, SockJsTransportCases, SockJsSocketCases {
  private static Vertx vertx;
  private static int port;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    EchoServer server = EchoServer.onFreePort();
    TestGateway.await(vertx.deployVerticle(server));
    port = server.actualPort();
  }

  @AfterAll
  static void stop() {
    TestGateway.await(vertx.close());
  }

  @Override
  public SockJsMount mount() {
    return new SockJsMount(
        port,
        "/echo",
        "/close",
        "/disabled_websocket_echo",
        "/cookie_needed_echo",
        false,
        EchoServer.STREAM_LIMIT_BYTES);
  }
}
