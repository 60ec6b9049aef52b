package io.apfa.realtime.broadcaster.room;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Times;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the captured corpus and what Celery's own State makes of it, for tests. */
public final class Corpus {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Set<String> NOT_PROGRESS =
      Set.of("hostname", "utcoffset", "pid", "clock", "uuid", "timestamp", "type");

  private Corpus() {}

  /** Every task and worker event of the corpus, in its order. */
  public static List<CeleryEvent> events() {
    List<CeleryEvent> events = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(open("corpus-basic.jsonl"), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<String, Object> record = object(line);
        if (String.valueOf(record.get("channel")).startsWith("/0.celeryev/")) {
          Map<String, Object> envelope = object(base64(record.get("data")));
          long receivedMillis = Times.fromEpochSeconds(number(record.get("t"), -1));
          add(events, base64(envelope.get("body")), receivedMillis);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return events;
  }

  /** The expected tasks: uuid to field to value. */
  @SuppressWarnings("unchecked")
  public static Map<String, Map<String, Object>> expectedTasks() {
    try (InputStream in = open("expected-basic.json");
        JsonParser parser = JSON.createParser(in)) {
      parser.nextToken();
      Map<String, Object> root = (Map<String, Object>) value(parser);
      return (Map<String, Map<String, Object>>) root.get("tasks");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static InputStream open(String name) {
    return Corpus.class.getClassLoader().getResourceAsStream(name);
  }

  private static String base64(Object text) {
    byte[] bytes = Base64.getMimeDecoder().decode(String.valueOf(text));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  private static void add(List<CeleryEvent> events, String body, long receivedMillis)
      throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      parser.nextToken();
      Object value = value(parser);
      List<Object> all = value instanceof List ? (List<Object>) value : List.of(value);
      for (Object each : all) {
        events.add(event((Map<String, Object>) each, receivedMillis));
      }
    }
  }

  private static CeleryEvent event(Map<String, Object> body, long receivedMillis) {
    String type = text(body, "type");
    if (type.startsWith("worker-")) {
      return new CeleryEvent.WorkerEvent(
          type,
          text(body, "hostname"),
          (long) number(body.get("pid"), -1),
          (long) number(body.get("clock"), -1),
          Times.fromEpochSeconds(number(body.get("timestamp"), -1)),
          receivedMillis,
          number(body.get("freq"), Double.NaN),
          (int) number(body.get("active"), -1),
          (long) number(body.get("processed"), -1),
          List.of(),
          text(body, "sw_ident"),
          text(body, "sw_ver"),
          text(body, "sw_sys"),
          -1);
    }
    return new CeleryEvent.TaskEvent(
        type,
        text(body, "uuid"),
        text(body, "hostname"),
        (long) number(body.get("pid"), -1),
        (long) number(body.get("clock"), -1),
        Times.fromEpochSeconds(number(body.get("timestamp"), -1)),
        receivedMillis,
        text(body, "name"),
        text(body, "args"),
        text(body, "kwargs"),
        (int) number(body.get("retries"), -1),
        Times.UNKNOWN_MILLIS,
        Times.UNKNOWN_MILLIS,
        text(body, "root_id"),
        text(body, "parent_id"),
        text(body, "queue"),
        text(body, "result"),
        number(body.get("runtime"), Double.NaN),
        text(body, "exception"),
        text(body, "traceback"),
        progress(type, body));
  }

  private static String progress(String type, Map<String, Object> body) {
    if (!type.equals("task-progress")) {
      return null;
    }
    Map<String, Object> own = new HashMap<>(body);
    own.keySet().removeAll(NOT_PROGRESS);
    return own.toString();
  }

  private static String text(Map<String, Object> body, String key) {
    Object value = body.get(key);
    return value == null ? null : value.toString();
  }

  private static double number(Object value, double absent) {
    return value instanceof Number number ? number.doubleValue() : absent;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(String json) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return (Map<String, Object>) value(parser);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          map.put(key, value(parser));
        }
        return map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        return list;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return parser.getNumberValue();
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return parser.getBooleanValue();
      }
      case VALUE_STRING -> {
        return parser.getText();
      }
      default -> {
        return null;
      }
    }
  }
}
