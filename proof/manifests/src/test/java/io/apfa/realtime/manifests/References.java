package io.apfa.realtime.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Names in one document that must exist in another: labels, ports, keys, accounts, services. Made
 * for one question, then thrown away.
 */
final class References {
  private final List<JsonNode> documents;
  private final List<String> problems = new ArrayList<>();

  private References(List<JsonNode> documents) {
    this.documents = documents;
  }

  /** What {@code documents}, applied together, name and do not have. */
  static List<String> problems(List<JsonNode> documents) {
    References references = new References(documents);
    references.kind("Service").forEach(references::checkService);
    references.kind("Deployment").forEach(references::checkDeployment);
    references.kind("NetworkPolicy").forEach(references::checkPolicy);
    references.kind("PodDisruptionBudget").forEach(references::checkBudget);
    references.kind("HorizontalPodAutoscaler").forEach(references::checkAutoscaler);
    references.kind("Ingress").forEach(references::checkIngress);
    references.kind("HTTPRoute").forEach(references::checkRoute);
    references.kind("ServiceMonitor").forEach(references::checkMonitor);
    references.kind("RoleBinding").forEach(references::checkBinding);
    references.kind("Role").forEach(references::checkRole);
    return references.problems;
  }

  private Stream<JsonNode> kind(String kind) {
    return documents.stream().filter(document -> document.path("kind").asText().equals(kind));
  }

  private void require(boolean holds, JsonNode document, String what) {
    if (!holds) {
      problems.add(Manifests.nameOf(document) + ": " + what);
    }
  }

  private boolean exists(String kind, String name) {
    return kind(kind).anyMatch(d -> d.at("/metadata/name").asText().equals(name));
  }

  private List<JsonNode> workloads(JsonNode labels) {
    return kind("Deployment")
        .filter(d -> matches(labels, d.at("/spec/template/metadata/labels")))
        .toList();
  }

  private static boolean matches(JsonNode wanted, JsonNode labels) {
    for (Map.Entry<String, JsonNode> each : wanted.properties()) {
      if (!each.getValue().equals(labels.path(each.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasPort(JsonNode workload, JsonNode port) {
    return Manifests.deep(workload.at("/spec/template/spec/containers"))
        .filter(node -> node.has("containerPort"))
        .anyMatch(
            node ->
                port.isTextual()
                    ? node.path("name").equals(port)
                    : node.path("containerPort").equals(port));
  }

  private void checkService(JsonNode service) {
    List<JsonNode> selected = workloads(service.at("/spec/selector"));
    require(!selected.isEmpty(), service, "selects no pod");
    for (JsonNode port : service.at("/spec/ports")) {
      JsonNode target = port.has("targetPort") ? port.path("targetPort") : port.path("port");
      for (JsonNode workload : selected) {
        require(
            hasPort(workload, target),
            service,
            "port " + target + " is not in " + Manifests.nameOf(workload));
      }
    }
  }

  private void checkDeployment(JsonNode deployment) {
    JsonNode labels = deployment.at("/spec/template/metadata/labels");
    require(
        matches(deployment.at("/spec/selector/matchLabels"), labels)
            && !deployment.at("/spec/selector/matchLabels").isMissingNode(),
        deployment,
        "selects not its own pods");
    JsonNode pod = deployment.at("/spec/template/spec");
    if (pod.has("serviceAccountName")) {
      String account = pod.path("serviceAccountName").asText();
      require(exists("ServiceAccount", account), deployment, "no ServiceAccount " + account);
    }
    for (JsonNode spread : pod.path("topologySpreadConstraints")) {
      require(
          matches(spread.at("/labelSelector/matchLabels"), labels),
          deployment,
          "spreads other pods than its own");
    }
    Manifests.deep(pod).forEach(node -> checkPodNode(deployment, node));
    TreeSet<String> volumes = new TreeSet<>();
    pod.path("volumes").forEach(volume -> volumes.add(volume.path("name").asText()));
    for (JsonNode container : pod.path("containers")) {
      container
          .path("volumeMounts")
          .forEach(
              mount -> {
                String name = mount.path("name").asText();
                require(volumes.contains(name), deployment, "no volume " + name);
              });
    }
  }

  private void checkPodNode(JsonNode deployment, JsonNode node) {
    checkKey(deployment, node.path("secretKeyRef"), "Secret");
    checkKey(deployment, node.path("configMapKeyRef"), "ConfigMap");
    JsonNode volume = node.path("configMap");
    if (volume.has("name")) {
      String name = volume.path("name").asText();
      require(exists("ConfigMap", name), deployment, "no ConfigMap " + name);
    }
    JsonNode probed = node.at("/httpGet/port");
    require(
        probed.isMissingNode() || hasPort(deployment, probed), deployment, "probes no port of its");
  }

  private void checkKey(JsonNode deployment, JsonNode reference, String kind) {
    if (reference.isMissingNode()) {
      return;
    }
    String name = reference.path("name").asText();
    String key = reference.path("key").asText();
    require(
        kind(kind)
            .filter(d -> d.at("/metadata/name").asText().equals(name))
            .anyMatch(d -> d.path("data").has(key) || d.path("stringData").has(key)),
        deployment,
        "no key " + key + " in " + kind + " " + name);
  }

  private void checkPolicy(JsonNode policy) {
    List<JsonNode> selected = workloads(policy.at("/spec/podSelector/matchLabels"));
    require(!selected.isEmpty(), policy, "selects no pod");
    for (JsonNode rule : policy.at("/spec/ingress")) {
      for (JsonNode port : rule.path("ports")) {
        require(
            selected.stream().anyMatch(workload -> hasPort(workload, port.path("port"))),
            policy,
            "port " + port.path("port") + " is in none of its pods");
      }
    }
    Stream.of(policy.at("/spec/ingress"), policy.at("/spec/egress"))
        .flatMap(Manifests::deep)
        .filter(peer -> peer.has("podSelector") && !peer.has("namespaceSelector"))
        .forEach(
            peer ->
                require(
                    !workloads(peer.at("/podSelector/matchLabels")).isEmpty(),
                    policy,
                    "lets in or out to no pod"));
  }

  private void checkBudget(JsonNode budget) {
    List<JsonNode> selected = workloads(budget.at("/spec/selector/matchLabels"));
    require(!selected.isEmpty(), budget, "selects no pod");
    for (JsonNode other : kind("PodDisruptionBudget").toList()) {
      List<JsonNode> both = new ArrayList<>(workloads(other.at("/spec/selector/matchLabels")));
      both.retainAll(selected);
      require(
          other.equals(budget) || both.isEmpty(),
          budget,
          "and " + Manifests.nameOf(other) + " on one pod: it could never be evicted");
    }
  }

  private void checkAutoscaler(JsonNode autoscaler) {
    JsonNode target = autoscaler.at("/spec/scaleTargetRef");
    require(
        exists(target.path("kind").asText(), target.path("name").asText()),
        autoscaler,
        "scales nothing");
  }

  private boolean serviceHasPort(String name, JsonNode port) {
    return kind("Service")
        .filter(service -> service.at("/metadata/name").asText().equals(name))
        .flatMap(service -> Manifests.deep(service.at("/spec/ports")))
        .anyMatch(
            each -> each.path(port.isTextual() ? "name" : "port").equals(port) && each.has("port"));
  }

  private void checkIngress(JsonNode ingress) {
    Manifests.deep(ingress.path("spec"))
        .filter(node -> node.has("service"))
        .map(node -> node.path("service"))
        .forEach(
            service -> {
              JsonNode port = service.path("port");
              JsonNode wanted = port.has("name") ? port.path("name") : port.path("number");
              require(
                  serviceHasPort(service.path("name").asText(), wanted),
                  ingress,
                  "no Service with port: " + service);
            });
  }

  private void checkRoute(JsonNode route) {
    for (JsonNode parent : route.at("/spec/parentRefs")) {
      require(
          kind("Gateway")
              .filter(g -> g.at("/metadata/name").equals(parent.path("name")))
              .flatMap(g -> Manifests.deep(g.at("/spec/listeners")))
              .anyMatch(listener -> listener.path("name").equals(parent.path("sectionName"))),
          route,
          "no listener: " + parent);
    }
    Manifests.deep(route.at("/spec/rules"))
        .filter(node -> node.has("backendRefs"))
        .flatMap(node -> Manifests.deep(node.path("backendRefs")))
        .filter(node -> node.has("port"))
        .forEach(
            backend ->
                require(
                    serviceHasPort(backend.path("name").asText(), backend.path("port")),
                    route,
                    "no Service with port: " + backend));
  }

  private void checkMonitor(JsonNode monitor) {
    List<JsonNode> services =
        kind("Service")
            .filter(
                s -> matches(monitor.at("/spec/selector/matchLabels"), s.at("/metadata/labels")))
            .toList();
    require(!services.isEmpty(), monitor, "selects no Service");
    for (JsonNode endpoint : monitor.at("/spec/endpoints")) {
      for (JsonNode service : services) {
        require(
            serviceHasPort(service.at("/metadata/name").asText(), endpoint.path("port")),
            monitor,
            "no port " + endpoint.path("port") + " in " + Manifests.nameOf(service));
      }
    }
  }

  private void checkBinding(JsonNode binding) {
    String role = binding.at("/roleRef/name").asText();
    require(exists("Role", role), binding, "no Role " + role);
  }

  private void checkRole(JsonNode role) {
    for (JsonNode rule : role.path("rules")) {
      for (JsonNode name : rule.path("resourceNames")) {
        require(exists("ConfigMap", name.asText()), role, "no ConfigMap " + name.asText());
      }
    }
  }
}
