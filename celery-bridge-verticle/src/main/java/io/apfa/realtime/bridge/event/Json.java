package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * JSON as Python writes and reads it, streamed: NaN and infinities, numbers of any size, lone
 * surrogates. Immutable.
 */
final class Json {
  /** Deepest nesting read; CPython's own reader stops near 1,000. */
  private static final int MAX_DEPTH = 900;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(5_000)
                  .maxStringLength(64 << 20)
                  .build())
          .build();

  private static final JsonFactory PYTHON_WRITER =
      JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

  private Json() {}

  static JsonParser parser(byte[] bytes, int offset, int length) throws IOException {
    return FACTORY.createParser(bytes, offset, length);
  }

  static JsonParser parser(String text) throws IOException {
    return FACTORY.createParser(text);
  }

  /** Writes strict JSON: NaN and infinities become strings. */
  static JsonGenerator generator(StringWriter out) throws IOException {
    return FACTORY.createGenerator(out);
  }

  /** Writes what {@link #parser} reads back as it was, NaN and infinities bare. */
  static JsonGenerator pythonGenerator(BoundedOutput out) throws IOException {
    return PYTHON_WRITER.createGenerator(out);
  }

  /** The value at the parser as text: null for null, a string's own text, else its JSON. */
  static @Nullable String textOf(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == JsonToken.VALUE_STRING) {
      return in.getText();
    }
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    StringWriter out = new StringWriter();
    try (JsonGenerator json = generator(out)) {
      json.copyCurrentStructure(in);
    }
    return out.toString();
  }
}
