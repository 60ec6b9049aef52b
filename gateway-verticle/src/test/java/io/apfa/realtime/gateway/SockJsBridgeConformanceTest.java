package io.apfa.realtime.gateway;

import io.apfa.realtime.protocol.Task;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The SockJS protocol document on {@code /eventbus}; JSONP is not to be found there. */
class SockJsBridgeConformanceTest implements SockJsCases, SockJsTransportCases, SockJsSocketCases {
  private static final int STREAM_LIMIT = 128 * 1024;

  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(Map.of("gateway.allowed-origins", "*"));
    for (int i = 0; i < 5; i++) {
      gateway.owner.publish(
          Task.builder("u" + i).state("STARTED").args("x".repeat(STREAM_LIMIT / 4)).build());
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Override
  public SockJsMount mount() {
    return new SockJsMount(
        gateway.port(), "/eventbus", "/eventbus", "/eventbus", "/eventbus", true, STREAM_LIMIT);
  }
}
