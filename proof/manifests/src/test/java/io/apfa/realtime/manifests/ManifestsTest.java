package io.apfa.realtime.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a cluster would refuse, or take and ignore. */
class ManifestsTest {
  static List<String> applicable() {
    return Manifests.applicable();
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void shouldHaveOnlyFieldsThatKubernetesKnows(String folder) {
    assertThat(Manifests.render(folder))
        .isNotEmpty()
        .allSatisfy(document -> assertThat(KnownFields.problems(document)).isEmpty());
  }

  @Test
  void shouldHaveAnExampleSecretThatKubernetesKnows() {
    assertThat(Manifests.file("overlays/prod/secret.example.yaml"))
        .allSatisfy(document -> assertThat(KnownFields.problems(document)).isEmpty());
  }

  @Test
  void shouldNoticeAMisspeltFieldAtAnyDepth() {
    JsonNode gateway = copy(find(Manifests.render("overlays/prod"), "Deployment/apfa-gateway"));
    ((ObjectNode) gateway.at("/spec/template/spec/containers/0/readinessProbe/httpGet"))
        .put("paht", "/health");
    assertThat(KnownFields.problems(gateway))
        .singleElement()
        .asString()
        .contains("httpGet.paht: no such field");
  }

  @Test
  void shouldNoticeAValueOfTheWrongType() {
    JsonNode gateway = copy(find(Manifests.render("overlays/prod"), "Deployment/apfa-gateway"));
    ((ObjectNode) gateway.path("spec")).put("replicas", "three");
    assertThat(KnownFields.problems(gateway)).singleElement().asString().contains("three");
  }

  @Test
  void shouldResolveEveryReferenceOfOnePodWithAllRoles() {
    assertThat(References.problems(Manifests.render("overlays/dev"))).isEmpty();
  }

  @Test
  void shouldResolveEveryReferenceOfADeploymentPerRole() {
    assertThat(References.problems(production())).isEmpty();
  }

  static Stream<String[]> broken() {
    return Stream.of(
        new String[] {"Service/apfa-gateway", "/spec/ports/0", "targetPort", "htpp"},
        new String[] {"Service/apfa-cluster", "/spec/selector", "app.kubernetes.io/name", "x"},
        new String[] {"NetworkPolicy/apfa-monitoring", "/spec/ingress/0/ports/0", "port", "x"},
        new String[] {"NetworkPolicy/apfa-members", "/spec/podSelector/matchLabels", "x", "y"},
        new String[] {"PodDisruptionBudget/apfa", "/spec/selector/matchLabels", "x", "y"},
        new String[] {"HorizontalPodAutoscaler/apfa-gateway", "/spec/scaleTargetRef", "name", "x"},
        new String[] {"ConfigMap/apfa-public", "/metadata", "name", "x"},
        new String[] {"Secret/apfa-credentials", "/metadata", "name", "x"},
        new String[] {"ConfigMap/apfa-limits", "/metadata", "name", "x"},
        new String[] {"ServiceAccount/apfa", "/metadata", "name", "x"},
        new String[] {"HTTPRoute/apfa", "/spec/rules/0/backendRefs/0", "name", "x"},
        new String[] {"HTTPRoute/apfa", "/spec/parentRefs/0", "sectionName", "x"},
        new String[] {
          "Ingress/apfa", "/spec/rules/0/http/paths/0/backend/service/port", "name", "x"
        },
        new String[] {"ServiceMonitor/apfa", "/spec/endpoints/0", "port", "x"},
        new String[] {"RoleBinding/apfa-operator", "/roleRef", "name", "x"},
        new String[] {
          "Deployment/apfa-ratelimit", "/spec/template/metadata/labels",
          "app.kubernetes.io/component", "x"
        });
  }

  @ParameterizedTest
  @MethodSource("broken")
  void shouldNoticeABrokenReference(String document, String at, String field, String value) {
    List<JsonNode> documents = new ArrayList<>(production());
    JsonNode broken = copy(find(documents, document));
    ((ObjectNode) broken.at(at)).set(field, TextNode.valueOf(value));
    documents.replaceAll(each -> Manifests.nameOf(each).equals(document) ? broken : each);
    assertThat(References.problems(documents)).isNotEmpty();
  }

  /** Everything that production may apply, and its secret. */
  static List<JsonNode> production() {
    return Stream.of(
            Manifests.render("overlays/prod"),
            Manifests.file("overlays/prod/secret.example.yaml"),
            Manifests.render("ingress/nginx"),
            Manifests.render("ingress/gateway-api"),
            Manifests.render("monitoring"))
        .flatMap(List::stream)
        .toList();
  }

  static JsonNode find(List<JsonNode> documents, String name) {
    return documents.stream()
        .filter(document -> Manifests.nameOf(document).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  private static JsonNode copy(JsonNode document) {
    return document.deepCopy();
  }
}
