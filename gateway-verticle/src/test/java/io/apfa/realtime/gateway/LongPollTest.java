package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Task;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Polls of a client whose requests go to whatever gateway comes. */
class LongPollTest {
  private static final String PATH = "/api/v1/rooms/celery:tasks/publications";

  /** It was told that its position is lost: another gateway had a batch milliseconds sooner. */
  @Test
  void shouldWaitForWhatAnotherGatewayShowedAlready() {
    try (TestGateway gateway = TestGateway.start()) {
      gateway.owner.publish(Task.builder("u1").state("STARTED").build());
      String ahead = PATH + "?position=e1:2&wait=";
      CompletableFuture<HttpResponse<String>> polled =
          gateway.http.sendAsync(
              HttpRequest.newBuilder(URI.create(gateway.url(ahead + 20))).build(),
              HttpResponse.BodyHandlers.ofString());

      long before = System.nanoTime();
      JsonObject never = new JsonObject(gateway.get(ahead + 1).body());
      assertThat(System.nanoTime() - before).isGreaterThan(900_000_000L);
      assertThat(never.getBoolean("recovered")).isFalse();

      gateway.owner.publish(
          Task.builder("u2").state("STARTED").build(), Task.builder("u3").state("STARTED").build());
      JsonObject answer = new JsonObject(polled.join().body());
      assertThat(answer.getBoolean("recovered")).as(answer.encode()).isTrue();
      assertThat(answer.getString("position")).isEqualTo("e1:3");
      assertThat(answer.getJsonArray("updates")).hasSize(1);
    }
  }
}
