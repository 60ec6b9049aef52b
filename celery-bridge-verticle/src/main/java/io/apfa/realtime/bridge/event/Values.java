package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON values whose shape Celery decides, as maps, lists, texts, numbers and booleans of the JDK:
 * replies of workers, headers of queue messages, results. Events never pass here. Immutable.
 */
public final class Values {
  private Values() {}

  /**
   * Reads one value.
   *
   * @throws IllegalArgumentException when {@code json} is not JSON
   */
  public static @Nullable Object read(byte[] json) {
    try (JsonParser in = Json.parser(json, 0, json.length)) {
      return whole(in);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON", e);
    }
  }

  /** Reads one value of {@code json}. */
  public static @Nullable Object read(String json) {
    try (JsonParser in = Json.parser(json)) {
      return whole(in);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON", e);
    }
  }

  /** Writes {@code value} as strict JSON. */
  public static String write(@Nullable Object value) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = Json.generator(out)) {
      write(json, value);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    return Surrogates.clean(out.toString());
  }

  /** {@code value} with the values of secret names, and secrets inside texts, hidden. */
  public static @Nullable Object redacted(@Nullable Object value, Redactor redactor) {
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> clean = new LinkedHashMap<>();
      map.forEach(
          (key, each) ->
              clean.put(
                  String.valueOf(key),
                  redactor.isSecret(String.valueOf(key)) && !(each instanceof Map)
                      ? Redactor.REDACTED
                      : redacted(each, redactor)));
      return clean;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> clean = new ArrayList<>(list.size());
      list.forEach(each -> clean.add(redacted(each, redactor)));
      return clean;
    }
    return value instanceof String text ? redactor.redact(text) : value;
  }

  /** {@code value} as a map; empty when it is none. */
  public static Map<String, @Nullable Object> map(@Nullable Object value) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> found) {
      found.forEach((key, each) -> map.put(String.valueOf(key), each));
    }
    return map;
  }

  /** {@code value} as a list; empty when it is none. */
  public static List<@Nullable Object> list(@Nullable Object value) {
    return value instanceof List<?> found ? new ArrayList<>(found) : new ArrayList<>();
  }

  /** {@code value} as a text; null when it is none. */
  public static @Nullable String text(@Nullable Object value) {
    return value instanceof String found ? found : null;
  }

  /** {@code value} as a number; NaN when it is none. */
  public static double number(@Nullable Object value) {
    return value instanceof Number found ? found.doubleValue() : Double.NaN;
  }

  /** {@code value} as a whole number; {@code fallback} when it is none. */
  public static long whole(@Nullable Object value, long fallback) {
    return value instanceof Number found ? found.longValue() : fallback;
  }

  private static @Nullable Object whole(JsonParser in) throws IOException {
    Object value = in.nextToken() == null ? null : value(in);
    if (in.nextToken() != null) {
      throw new IOException("more than one value");
    }
    return value;
  }

  private static @Nullable Object value(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
          in.nextToken();
          map.put(name, value(in));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(in));
        }
        yield list;
      }
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IOException(token + " (expected: a value)");
    };
  }

  private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(String.valueOf(entry.getKey()));
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object each : list) {
        write(json, each);
      }
      json.writeEndArray();
    } else {
      scalar(json, value);
    }
  }

  private static void scalar(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Integer || value instanceof Long) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof BigInteger big) {
      json.writeNumber(big);
    } else if (value instanceof BigDecimal big) {
      json.writeNumber(big);
    } else if (value instanceof Number number) {
      json.writeNumber(number.doubleValue());
    } else {
      json.writeString(value.toString());
    }
  }
}
