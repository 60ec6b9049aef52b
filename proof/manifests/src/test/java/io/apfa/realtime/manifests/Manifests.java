package io.apfa.realtime.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The documents of {@code k8s/}, as kubectl renders them. Immutable. */
final class Manifests {
  static final Path ROOT = Path.of(System.getProperty("apfa.root")).toAbsolutePath();
  static final Path K8S = ROOT.resolve("k8s");
  static final ObjectMapper YAML = new YAMLMapper();
  private static final Map<String, List<JsonNode>> RENDERED = new HashMap<>();

  private Manifests() {}

  /** What {@code kubectl kustomize} makes of a folder of {@code k8s/}. */
  static synchronized List<JsonNode> render(String folder) {
    return RENDERED.computeIfAbsent(
        folder,
        name -> parse(Commands.output("kubectl", "kustomize", K8S.resolve(name).toString())));
  }

  /** Every folder that can be applied. */
  static List<String> applicable() {
    return List.of(
        "overlays/dev", "overlays/prod", "ingress/nginx", "ingress/gateway-api", "monitoring");
  }

  /** The documents in {@code text}. */
  static List<JsonNode> parse(String text) {
    try (MappingIterator<JsonNode> documents = YAML.readerFor(JsonNode.class).readValues(text)) {
      List<JsonNode> all = new ArrayList<>();
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        if (document.isObject()) {
          all.add(document);
        }
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The documents of one file under {@code k8s/}. */
  static List<JsonNode> file(String name) {
    return parse(text(K8S.resolve(name)));
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything under {@code node}, itself first. */
  static Stream<JsonNode> deep(JsonNode node) {
    return Stream.concat(
        Stream.of(node), Stream.of(node).flatMap(n -> children(n).flatMap(Manifests::deep)));
  }

  private static Stream<JsonNode> children(JsonNode node) {
    List<JsonNode> all = new ArrayList<>();
    node.elements().forEachRemaining(all::add);
    return all.stream();
  }

  /** {@code Kind/name}. */
  static String nameOf(JsonNode document) {
    return document.path("kind").asText() + "/" + document.at("/metadata/name").asText();
  }
}
