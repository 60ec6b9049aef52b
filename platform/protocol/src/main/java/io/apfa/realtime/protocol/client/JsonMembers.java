package io.apfa.realtime.protocol.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.apfa.realtime.protocol.Texts;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one JSON object that a client sent, read once, with typed access. What is nested
 * stays JSON text. Nesting is bounded and a name that stands twice is refused.
 *
 * <p>Every refusal is an {@link IllegalArgumentException} that names the member, what was found and
 * what was expected.
 *
 * <p>Immutable.
 */
public final class JsonMembers {
  /** Deepest nesting that is read. */
  public static final int MAX_DEPTH = 32;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(64)
                  .maxNameLength(1024)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final Map<String, Member> members;

  private record Member(JsonToken token, String text) {}

  private JsonMembers(Map<String, Member> members) {
    this.members = members;
  }

  /** An object without members. */
  public static JsonMembers empty() {
    return new JsonMembers(Map.of());
  }

  /** Reads {@code json}, which must be one object and nothing else. */
  public static JsonMembers parse(String json) {
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException(
            "JSON: " + Texts.quote(json, 32) + " (expected: an object)");
      }
      Map<String, Member> members = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        members.put(name, read(parser));
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("JSON: text after the object (expected: its end)");
      }
      return new JsonMembers(members);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "JSON: not valid, or nested deeper than " + MAX_DEPTH + " (expected: an object)", e);
    }
  }

  /** The elements of {@code json}, which must be an array of texts. */
  public static List<String> parseTexts(String json) {
    List<String> texts = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() == JsonToken.START_ARRAY) {
        JsonToken token = parser.nextToken();
        while (token == JsonToken.VALUE_STRING) {
          texts.add(parser.getText());
          token = parser.nextToken();
        }
        if (token == JsonToken.END_ARRAY && parser.nextToken() == null) {
          return texts;
        }
      }
    } catch (IOException e) {
      // reported below, with every other wrong form
    }
    throw new IllegalArgumentException(
        "JSON: " + Texts.quote(json, 32) + " (expected: an array of texts)");
  }

  /** The elements of {@code json}, which must be an array of objects. */
  public static List<JsonMembers> parseObjects(String json) {
    List<JsonMembers> objects = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() == JsonToken.START_ARRAY) {
        JsonToken token = parser.nextToken();
        while (token == JsonToken.START_OBJECT) {
          objects.add(parse(copy(parser)));
          token = parser.nextToken();
        }
        if (token == JsonToken.END_ARRAY && parser.nextToken() == null) {
          return objects;
        }
      }
    } catch (IOException e) {
      // reported below, with every other wrong form
    }
    throw new IllegalArgumentException(
        "JSON: " + Texts.quote(json, 32) + " (expected: an array of objects)");
  }

  /** Whether {@code name} is there and not null. */
  public boolean has(String name) {
    Member member = members.get(name);
    return member != null && member.token != JsonToken.VALUE_NULL;
  }

  /** The names, in their order. */
  public Set<String> names() {
    return members.keySet();
  }

  /** The text of {@code name}; null when it is absent. */
  public @Nullable String text(String name) {
    if (!has(name)) {
      return null;
    }
    Member member = member(name);
    if (member.token != JsonToken.VALUE_STRING) {
      throw wrong(name, "a text");
    }
    return member.text;
  }

  /** The text of {@code name}. */
  public String requiredText(String name) {
    String text = text(name);
    if (text == null) {
      throw new IllegalArgumentException(name + ": missing (expected: a text)");
    }
    return text;
  }

  /** True or false; {@code fallback} when absent. */
  public boolean flag(String name, boolean fallback) {
    if (!has(name)) {
      return fallback;
    }
    return switch (member(name).token) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw wrong(name, "true or false");
    };
  }

  /** A whole number from {@code min} to {@code max}; {@code fallback} when absent. */
  public int integer(String name, int fallback, int min, int max) {
    double value = real(name, fallback);
    if (has(name) && (value != Math.rint(value) || value < min || value > max)) {
      throw wrong(name, "a whole number from " + min + " to " + max);
    }
    return (int) value;
  }

  /** A finite number; {@code fallback} when absent. */
  public double real(String name, double fallback) {
    if (!has(name)) {
      return fallback;
    }
    Member member = member(name);
    if (member.token == JsonToken.VALUE_NUMBER_INT
        || member.token == JsonToken.VALUE_NUMBER_FLOAT) {
      double value = Double.parseDouble(member.text);
      if (Double.isFinite(value)) {
        return value;
      }
    }
    throw wrong(name, "a number");
  }

  /** Whether {@code name} is a number. */
  public boolean isNumber(String name) {
    Member member = members.get(name);
    return member != null && member.token.isNumeric();
  }

  /** Whether {@code name} is an object. */
  public boolean isObject(String name) {
    Member member = members.get(name);
    return member != null && member.token == JsonToken.START_OBJECT;
  }

  /** Whether {@code name} is an array. */
  public boolean isArray(String name) {
    Member member = members.get(name);
    return member != null && member.token == JsonToken.START_ARRAY;
  }

  /** JSON text of {@code name}, whatever it is; null when absent. */
  public @Nullable String json(String name) {
    Member member = members.get(name);
    if (member == null) {
      return null;
    }
    if (member.token != JsonToken.VALUE_STRING) {
      return member.text;
    }
    return JsonFrames.encode(out -> out.writeString(member.text)).toString();
  }

  /** Scalars of the object {@code name} as texts; empty when absent. */
  public Map<String, String> scalars(String name) {
    if (!has(name)) {
      return Map.of();
    }
    if (!isObject(name)) {
      throw wrong(name, "an object");
    }
    Map<String, String> scalars = new LinkedHashMap<>();
    parse(member(name).text)
        .members
        .forEach(
            (key, member) -> {
              if (!member.token.isScalarValue()) {
                throw new IllegalArgumentException(
                    name + "." + Texts.quote(key, 32) + ": nested (expected: a text)");
              }
              if (member.token != JsonToken.VALUE_NULL) {
                scalars.put(key, member.text);
              }
            });
    return scalars;
  }

  /** The texts of the array {@code name}; {@code name} must be there. */
  public List<String> texts(String name) {
    if (!isArray(name)) {
      throw wrong(name, "an array of texts");
    }
    return parseTexts(member(name).text);
  }

  /** Refuses every name that is not among {@code known}. */
  public void requireOnly(Set<String> known) {
    for (String name : members.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            Texts.quote(name, 32) + ": unknown (expected: " + String.join(", ", known) + ")");
      }
    }
  }

  private Member member(String name) {
    Member member = members.get(name);
    if (member == null) {
      throw new IllegalArgumentException(name + ": missing");
    }
    return member;
  }

  private IllegalArgumentException wrong(String name, String expected) {
    Member member = members.get(name);
    String found = member == null ? "missing" : Texts.quote(member.text, 64);
    return new IllegalArgumentException(name + ": " + found + " (expected: " + expected + ")");
  }

  private static Member read(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      return new Member(token, copy(parser));
    }
    return new Member(token, parser.getText());
  }

  private static String copy(JsonParser parser) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(text)) {
      out.copyCurrentStructure(parser);
    }
    return text.toString();
  }
}
