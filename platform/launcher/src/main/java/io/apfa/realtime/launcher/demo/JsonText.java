package io.apfa.realtime.launcher.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as text, written and read as a stream. Reading is shallow: one level at a time, what is
 * nested stays text. Thread-safe: it has no state.
 */
final class JsonText {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonText() {}

  /** Writes the inside of an object or array. */
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  static String object(Body fields) {
    return write(
        json -> {
          json.writeStartObject();
          fields.write(json);
          json.writeEndObject();
        });
  }

  static String array(Body elements) {
    return write(
        json -> {
          json.writeStartArray();
          elements.write(json);
          json.writeEndArray();
        });
  }

  /** An array of elements that are JSON already. */
  static String arrayOf(List<String> elements) {
    return "[" + String.join(",", elements) + "]";
  }

  /** A JSON string with its quotes. */
  static String quoted(String text) {
    return write(json -> json.writeString(text));
  }

  /** Writes {@code value}, or null where it is empty. */
  static void field(JsonGenerator json, String name, String value) throws IOException {
    if (value.isEmpty()) {
      json.writeNullField(name);
    } else {
      json.writeStringField(name, value);
    }
  }

  /** Writes a field whose value is JSON already. */
  static void rawField(JsonGenerator json, String name, String value) throws IOException {
    json.writeFieldName(name);
    json.writeRawValue(value);
  }

  /**
   * The fields of an object: strings and numbers as plain text, objects and arrays as JSON text;
   * null ones are left out.
   *
   * @throws UncheckedIOException if {@code text} is not a JSON object
   */
  static Map<String, String> fields(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser parser = FACTORY.createParser(text)) {
      expect(parser, JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.VALUE_NULL) {
          continue;
        }
        fields.put(name, parser.currentToken().isScalarValue() ? parser.getText() : nested(parser));
      }
      return fields;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The elements of an array as JSON text, strings with their quotes.
   *
   * @throws UncheckedIOException if {@code text} is not a JSON array
   */
  static List<String> elements(String text) {
    List<String> elements = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(text)) {
      expect(parser, JsonToken.START_ARRAY);
      for (JsonToken token = parser.nextToken();
          token != null && token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        elements.add(nested(parser));
      }
      return elements;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The strings of an array; other elements as they are written. */
  static List<String> strings(String array) {
    return elements(array).stream().map(JsonText::unquoted).toList();
  }

  /** What a JSON string says; anything else as it is written. */
  static String unquoted(String element) {
    return element.startsWith("\"") ? fields("{\"s\":" + element + "}").get("s") + "" : element;
  }

  private static void expect(JsonParser parser, JsonToken expected) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != expected) {
      throw new IOException("JSON: " + token + " (expected: " + expected + ")");
    }
  }

  private static String nested(JsonParser parser) {
    return write(json -> json.copyCurrentStructure(parser));
  }

  private static String write(Body body) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      body.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
