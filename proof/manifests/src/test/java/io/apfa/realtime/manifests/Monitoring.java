package io.apfa.realtime.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every expression under {@code k8s/monitoring}. */
final class Monitoring {
  static final List<String> DASHBOARDS =
      List.of("apfa-websocket", "apfa-pipeline", "apfa-celery", "apfa-slo");
  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:apfa|celery|up|jvm|process)[a-z0-9_:]*)(\\{[^}]*})?");

  private Monitoring() {}

  /** One query of a panel, or one rule. */
  record Query(String from, String title, String expression) {
    @Override
    public String toString() {
      return from + " / " + title;
    }
  }

  /** The rules as Prometheus reads them from a file, without intervals of their own. */
  static JsonNode rules() {
    JsonNode spec = Manifests.file("monitoring/prometheusrule.yaml").get(0).path("spec");
    JsonNode copy = spec.deepCopy();
    copy.path("groups").forEach(group -> ((ObjectNode) group).remove("interval"));
    return copy;
  }

  static List<Query> alerts() {
    return rulesOf("alert");
  }

  static List<Query> records() {
    return rulesOf("record");
  }

  private static List<Query> rulesOf(String kind) {
    List<Query> queries = new ArrayList<>();
    Manifests.deep(rules())
        .filter(rule -> rule.has(kind))
        .forEach(
            rule ->
                queries.add(new Query(kind, rule.path(kind).asText(), rule.path("expr").asText())));
    return queries;
  }

  static List<Query> panels() {
    List<Query> queries = new ArrayList<>();
    for (String name : DASHBOARDS) {
      for (JsonNode panel : dashboard(name).path("panels")) {
        for (JsonNode target : panel.path("targets")) {
          queries.add(new Query(name, panel.path("title").asText(), target.path("expr").asText()));
        }
      }
    }
    return queries;
  }

  static JsonNode dashboard(String name) {
    try {
      return Manifests.YAML.readTree(
          Manifests.K8S.resolve("monitoring/dashboards/" + name + ".json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The series that {@code expression} reads: names with their matchers. */
  static List<String> selectors(String expression) {
    List<String> selectors = new ArrayList<>();
    Matcher matcher = SELECTOR.matcher(expression);
    while (matcher.find()) {
      selectors.add(matcher.group());
    }
    return selectors;
  }
}
