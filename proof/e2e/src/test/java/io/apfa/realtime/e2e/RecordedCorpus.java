package io.apfa.realtime.e2e;

import io.apfa.realtime.bridge.event.HeardMessage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Event messages as they were published, and what Celery's own State makes of them ({@code
 * proof/corpora}). Immutable.
 *
 * @param messages those on event channels, in order
 * @param expected what {@code reference.py} wrote
 */
record RecordedCorpus(String name, List<Heard> messages, JsonObject expected) {
  private static final String FOLDER = "/corpus/";
  private static final List<String> NAMES =
      List.of(
          "basic",
          "prefork-json",
          "threads-msgpack",
          "solo-yaml-zones",
          "killed-worker",
          "canvas",
          "storm",
          "late-joiner",
          "hostile");

  /** One message. */
  record Heard(String channel, HeardMessage message) {}

  @Override
  public String toString() {
    return name;
  }

  /** The corpora kept beside the tests, and those of the folder {@code apfa.corpora}. */
  static List<RecordedCorpus> all() {
    List<RecordedCorpus> all = new ArrayList<>();
    NAMES.forEach(name -> all.add(named(name)));
    String more = System.getProperty("apfa.corpora", "");
    if (!more.isEmpty()) {
      try (Stream<Path> files = Files.list(Path.of(more))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".jsonl.gz")).sorted().toList()) {
          String path = file.toString().replace(".jsonl.gz", "");
          all.add(
              read(
                  Path.of(path).getFileName().toString(),
                  Files.newInputStream(file),
                  Files.newInputStream(Path.of(path + ".expected.json.gz"))));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all;
  }

  static RecordedCorpus named(String name) {
    return read(
        name,
        RecordedCorpus.class.getResourceAsStream(FOLDER + name + ".jsonl.gz"),
        RecordedCorpus.class.getResourceAsStream(FOLDER + name + ".expected.json.gz"));
  }

  private static RecordedCorpus read(String name, InputStream messages, InputStream expected) {
    List<Heard> heard = new ArrayList<>();
    try (messages;
        expected;
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(messages), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonObject record = new JsonObject(line);
        String channel = record.getString("channel");
        if (channel.contains("celeryev")) {
          byte[] data = Base64.getDecoder().decode(record.getString("data"));
          long millis = Math.round(record.getDouble("t") * 1000);
          heard.add(new Heard(channel, HeardMessage.envelope(data, millis)));
        }
      }
      byte[] json = new GZIPInputStream(expected).readAllBytes();
      return new RecordedCorpus(
          name, heard, new JsonObject(new String(json, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** The expected tasks by uuid. */
  Map<String, JsonObject> tasks() {
    return objects("tasks");
  }

  /** The expected workers by host name. */
  Map<String, JsonObject> workers() {
    return objects("workers");
  }

  private Map<String, JsonObject> objects(String key) {
    Map<String, JsonObject> objects = new LinkedHashMap<>();
    JsonObject all = expected.getJsonObject(key);
    all.fieldNames().forEach(name -> objects.put(name, all.getJsonObject(name)));
    return objects;
  }

  /** Elements of a JSON array of texts. */
  static List<String> texts(JsonArray array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(String.valueOf(each)));
    return texts;
  }
}
