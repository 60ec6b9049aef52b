package io.apfa.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.SessionEvents;
import io.apfa.realtime.gateway.transport.Door;
import io.apfa.realtime.gateway.transport.HttpApi;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.runtime.OptionsReader;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The served OpenAPI document says what the routes are, no more and no less. */
class OpenApiTest {
  private static TestGateway gateway;
  private static JsonObject document;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    document = new JsonObject(gateway.get("/api/v1/openapi.json").body());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void shouldDescribeEveryRouteAndNothingElse() {
    SourceClient client = new SourceClient(gateway.node);
    Hub hub = new Hub(List.of("celery"), null, SessionEvents.NONE, LimitPolicy.DEFAULTS);
    Authenticator authenticator = new Authenticator(GatewayOptions.Auth.NONE, gateway.node.clock());
    HttpApi api =
        new HttpApi(
            gateway.vertx,
            gateway.node,
            hub,
            client,
            new CommandDesk(
                gateway.node,
                client,
                new CommandBudgets(gateway.node),
                List.of("celery"),
                new GatewayMetrics(gateway.metrics, gateway.node.clock())),
            authenticator,
            new Door(
                GatewayOptions.from(new OptionsReader(Map.of()), List.of("celery")),
                authenticator,
                hub,
                gateway.node.ticker(),
                reason -> {}),
            false);
    List<String> described = new ArrayList<>();
    JsonObject paths = document.getJsonObject("paths");
    for (String path : paths.fieldNames()) {
      for (String method : paths.getJsonObject(path).fieldNames()) {
        described.add(method.toUpperCase(Locale.ROOT) + " " + path);
      }
    }
    assertThat(described).containsExactlyInAnyOrderElementsOf(api.routes());
  }

  @Test
  void shouldNameEveryPathParameterAndResolveEveryReference() {
    JsonObject paths = document.getJsonObject("paths");
    Pattern parameter = Pattern.compile("\\{(\\w+)}");
    for (String path : paths.fieldNames()) {
      Matcher names = parameter.matcher(path);
      while (names.find()) {
        assertThat(paths.getJsonObject(path).encode())
            .as(path)
            .contains("\"name\":\"" + names.group(1) + "\",\"in\":\"path\"");
      }
    }
    Matcher references =
        Pattern.compile("\"#/components/(\\w+)/(\\w+)\"").matcher(document.encode());
    while (references.find()) {
      assertThat(document.getJsonObject("components").getJsonObject(references.group(1)).getMap())
          .containsKey(references.group(2));
    }
  }
}
