package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How our pods run, and that the jar takes the configuration they give it. */
class PodsTest {
  private static final Path JAR =
      Manifests.ROOT.resolve("platform/launcher/target/apfa-realtime.jar");

  /** A pod of ours: its Deployment among the documents it is applied with. */
  record Pod(JsonNode deployment, List<JsonNode> documents) {
    JsonNode spec() {
      return deployment.at("/spec/template/spec");
    }

    JsonNode container() {
      return spec().at("/containers/0");
    }

    @Override
    public String toString() {
      return Manifests.nameOf(deployment);
    }
  }

  static Stream<Pod> pods() {
    return Stream.of(Manifests.render("overlays/dev"), ManifestsTest.production())
        .flatMap(
            documents ->
                documents.stream()
                    .filter(d -> Manifests.nameOf(d).startsWith("Deployment/apfa-"))
                    .map(d -> new Pod(d, documents)));
  }

  @Test
  void shouldHaveADeploymentPerRoleInProductionAndOneInDevelopment() {
    assertThat(pods().map(Pod::toString))
        .containsExactlyInAnyOrder(
            "Deployment/apfa-all",
            "Deployment/apfa-gateway",
            "Deployment/apfa-broadcaster",
            "Deployment/apfa-celery-bridge",
            "Deployment/apfa-ratelimit");
  }

  @ParameterizedTest
  @MethodSource("pods")
  void shouldHaveNoMoreRightsThanItNeeds(Pod pod) {
    JsonNode inPod = pod.spec().path("securityContext");
    assertThat(inPod.path("runAsNonRoot").asBoolean()).isTrue();
    assertThat(inPod.path("runAsUser").asInt()).isPositive();
    assertThat(inPod.at("/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    JsonNode context = pod.container().path("securityContext");
    assertThat(context.path("readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
    assertThat(pod.spec().path("automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(pod.container().at("/resources/limits/memory").asText()).isNotEmpty();
    assertThat(pod.container().at("/resources/requests/cpu").asText()).isNotEmpty();
    assertThat(pod.container().path("image").asText()).matches(".+:\\d.*");
  }

  /** A Service named apfa-x would put APFA_X_PORT in the environment: an unknown key, no start. */
  @ParameterizedTest
  @MethodSource("pods")
  void shouldGetNoVariablesFromServices(Pod pod) {
    assertThat(pod.spec().path("enableServiceLinks").asBoolean(true)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("pods")
  void shouldGetEditsOfItsLimitsWhileItRuns(Pod pod) {
    assertThat(pod.container().path("volumeMounts"))
        .allSatisfy(mount -> assertThat(mount.has("subPath")).isFalse())
        .anySatisfy(
            mount -> {
              assertThat(mount.path("name").asText()).isEqualTo("limits");
              assertThat(config(pod).at("/limits/file").asText())
                  .isEqualTo(mount.path("mountPath").asText() + "/limits.yaml");
            });
    JsonNode limits = ManifestsTest.find(pod.documents(), "ConfigMap/apfa-limits");
    assertThat(limits.at("/data/limits.yaml").asText())
        .isEqualTo(Manifests.text(Manifests.ROOT.resolve("conf/limits.yaml")));
  }

  @ParameterizedTest
  @MethodSource("pods")
  void shouldHaveTimeToDrainBeforeItIsKilled(Pod pod) {
    JsonNode limits = ManifestsTest.find(pod.documents(), "ConfigMap/apfa-limits");
    long windowMillis =
        Manifests.parse(limits.at("/data/limits.yaml").asText())
            .get(0)
            .at("/drain/window-millis")
            .asLong();
    JsonNode preStop = pod.container().at("/lifecycle/preStop/exec/command");
    assertThat(preStop.path(0).asText()).isEqualTo("sleep");
    long seconds = preStop.path(1).asLong() + windowMillis / 1000 + 10;
    assertThat(pod.spec().path("terminationGracePeriodSeconds").asLong())
        .isGreaterThanOrEqualTo(seconds);
  }

  @Test
  void shouldNeverLoseMoreMembersAtOnceThanHazelcastHasBackups() {
    JsonNode budget =
        ManifestsTest.find(Manifests.render("overlays/prod"), "PodDisruptionBudget/apfa");
    assertThat(budget.at("/spec/maxUnavailable").asInt()).isEqualTo(1);
    assertThat(budget.at("/spec/selector/matchLabels").properties())
        .extracting(Map.Entry::getKey)
        .doesNotContain("app.kubernetes.io/component");
    assertThat(Manifests.render("overlays/prod").stream().map(Manifests::nameOf))
        .filteredOn(name -> name.startsWith("PodDisruptionBudget/"))
        .hasSize(1);
  }

  /** Every key exists and every value is legal: the jar itself says so. */
  @ParameterizedTest
  @MethodSource("pods")
  void shouldStartWithTheConfigurationItIsGiven(Pod pod) throws IOException {
    Path folder = Files.createTempDirectory("apfa-manifests");
    Path file = folder.resolve("apfa.yaml");
    try {
      Files.writeString(file, configText(pod));
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", JAR.toString()));
      for (JsonNode argument : pod.container().path("args")) {
        command.add(argument.asText().replace("/etc/apfa/apfa.yaml", file.toString()));
      }
      command.add("--check-config");
      Commands.Result result = Commands.run(environment(pod), command);
      assertThat(result.complained()).isEmpty();
      assertThat(result.status()).isZero();
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  private static Map<String, String> environment(Pod pod) {
    Map<String, String> environment = new HashMap<>();
    for (JsonNode variable : pod.container().path("env")) {
      String value = variable.path("value").asText();
      JsonNode from = variable.path("valueFrom");
      if (from.has("fieldRef")) {
        assertThat(from.at("/fieldRef/fieldPath").asText()).isEqualTo("status.podIP");
        value = "10.1.2.3";
      } else if (from.has("secretKeyRef")) {
        value = value(pod, "Secret/", from.path("secretKeyRef"));
      } else if (from.has("configMapKeyRef")) {
        value = value(pod, "ConfigMap/", from.path("configMapKeyRef"));
      }
      environment.put(variable.path("name").asText(), value);
    }
    return environment;
  }

  private static String value(Pod pod, String kind, JsonNode reference) {
    JsonNode document = ManifestsTest.find(pod.documents(), kind + reference.path("name").asText());
    String key = reference.path("key").asText();
    if (document.path("stringData").has(key)) {
      return document.path("stringData").path(key).asText();
    }
    String text = document.path("data").path(key).asText();
    return kind.equals("Secret/")
        ? new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8)
        : text;
  }

  private static String configText(Pod pod) {
    return ManifestsTest.find(pod.documents(), "ConfigMap/apfa-config")
        .at("/data/apfa.yaml")
        .asText();
  }

  private static JsonNode config(Pod pod) {
    return Manifests.parse(configText(pod)).get(0);
  }
}
