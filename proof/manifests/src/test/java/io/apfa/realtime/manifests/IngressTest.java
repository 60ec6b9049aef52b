package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What stands between browsers and gateways: sticky where HTTP transports need it, and patient. */
class IngressTest {
  private static final int DAY_SECONDS = 86_400;
  private static final Map<String, JsonNode> PARSED = new HashMap<>();

  private final JsonNode limits =
      Manifests.parse(Manifests.text(Manifests.ROOT.resolve("conf/limits.yaml"))).get(0);

  /** Longest silence on a WebSocket: the server pings after it. */
  private final long silenceSeconds = limits.at("/heartbeat/ping-after-millis").asLong() / 1000;

  @Test
  void shouldKeepHttpTransportsAtOneGatewayBehindIngressNginx() {
    JsonNode annotations =
        ManifestsTest.find(Manifests.render("ingress/nginx"), "Ingress/apfa")
            .at("/metadata/annotations");
    String prefix = "nginx.ingress.kubernetes.io/";
    assertThat(annotations.path(prefix + "affinity").asText()).isEqualTo("cookie");
    assertThat(annotations.path(prefix + "session-cookie-max-age").asInt()).isEqualTo(DAY_SECONDS);
    assertThat(annotations.path(prefix + "proxy-buffering").asText()).isEqualTo("off");
    assertThat(annotations.path(prefix + "proxy-read-timeout").asLong())
        .isGreaterThan(2 * silenceSeconds);
  }

  @Test
  void shouldKeepHttpTransportsAtOneGatewayBehindTheGatewayApi() {
    JsonNode rule =
        ManifestsTest.find(Manifests.render("ingress/gateway-api"), "HTTPRoute/apfa")
            .at("/spec/rules/0");
    assertThat(rule.at("/sessionPersistence/type").asText()).isEqualTo("Cookie");
    assertThat(rule.at("/sessionPersistence/absoluteTimeout").asText()).isEqualTo("24h");
    assertThat(rule.at("/timeouts/request").asText()).isEqualTo("0s");
  }

  @Test
  void shouldSetUpTheAwsLoadBalancerAsTheSpecificationSays() {
    JsonNode aws = terraform("aws");
    JsonNode group = aws.at("/resource/aws_lb_target_group/apfa_ws/0");
    assertThat(group.path("name").asText()).isEqualTo("apfa-ws-tg");
    assertThat(group.path("port").asInt()).isEqualTo(8000);
    assertThat(group.path("protocol").asText()).isEqualTo("HTTP");
    assertThat(group.at("/stickiness/0/type").asText()).isEqualTo("lb_cookie");
    assertThat(group.at("/stickiness/0/cookie_duration").asInt()).isEqualTo(DAY_SECONDS);
    assertThat(group.at("/stickiness/0/enabled").asBoolean()).isTrue();
    JsonNode check = group.at("/health_check/0");
    assertThat(check.path("path").asText()).isEqualTo("/health");
    assertThat(check.path("interval").asInt()).isEqualTo(30);
    assertThat(check.path("timeout").asInt()).isEqualTo(10);
    assertThat(check.path("healthy_threshold").asInt()).isEqualTo(2);
    assertThat(check.path("unhealthy_threshold").asInt()).isEqualTo(3);
    assertThat(aws.at("/resource/aws_lb/apfa/0/idle_timeout").asInt()).isEqualTo(120);
    assertThat(group.path("deregistration_delay").asLong() * 1000)
        .isGreaterThan(limits.at("/drain/window-millis").asLong());
  }

  @Test
  void shouldSetUpTheAzureApplicationGatewayAsTheSpecificationSays() {
    JsonNode gateway = terraform("azure").at("/resource/azurerm_application_gateway/apfa/0");
    JsonNode settings = gateway.at("/backend_http_settings/0");
    assertThat(settings.path("name").asText()).isEqualTo("apfa-http-settings");
    assertThat(settings.path("cookie_based_affinity").asText()).isEqualTo("Enabled");
    assertThat(settings.path("port").asInt()).isEqualTo(8000);
    assertThat(settings.path("protocol").asText()).isEqualTo("Http");
    assertThat(settings.path("request_timeout").asLong())
        .isEqualTo(60)
        .isGreaterThan(2 * silenceSeconds);
    assertThat(gateway.at("/probe/0/path").asText()).isEqualTo("/health");
  }

  @Test
  void shouldReachTheGatewaysAtThePortTheyListenOn() {
    JsonNode config = Manifests.file("base/apfa.yaml").get(0);
    int port = config.at("/gateway/http/port").asInt();
    assertThat(terraform("aws").at("/resource/aws_lb_target_group/apfa_ws/0/port").asInt())
        .isEqualTo(port);
    JsonNode gateway =
        ManifestsTest.find(Manifests.render("overlays/prod"), "Deployment/apfa-gateway");
    assertThat(Manifests.deep(gateway))
        .anySatisfy(
            node -> {
              assertThat(node.path("name").asText()).isEqualTo("http");
              assertThat(node.path("containerPort").asInt()).isEqualTo(port);
            });
  }

  private static synchronized JsonNode terraform(String cloud) {
    return PARSED.computeIfAbsent(cloud, IngressTest::parse);
  }

  private static JsonNode parse(String cloud) {
    String json =
        Commands.output(
            "node",
            Manifests.ROOT.resolve("proof/manifests/terraform/parse.mjs").toString(),
            Manifests.K8S.resolve("cloud/" + cloud + "/main.tf").toString());
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
