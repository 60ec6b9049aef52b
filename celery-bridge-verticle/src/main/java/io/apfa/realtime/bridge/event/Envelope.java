package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a kombu envelope says about its body (celery-wire.md section 1): {@code body} is text, in
 * base64 when {@code properties.body_encoding} says so.
 *
 * <p>The body is the first and largest field, and what its encoding is comes last; so its place is
 * noted while the parser skips it, and it is decoded from there without becoming a string.
 *
 * <p>Immutable.
 */
final class Envelope {
  private final byte[] body;
  private final @Nullable String contentType;
  private final @Nullable String compression;

  /** Where the closing quote of a base64 body is; -1 when that is not known. */
  private final int base64End;

  Envelope(byte[] body, @Nullable String contentType, @Nullable String compression) {
    this(body, contentType, compression, -1);
  }

  private Envelope(
      byte[] body, @Nullable String contentType, @Nullable String compression, int base64End) {
    this.body = body;
    this.contentType = contentType;
    this.compression = compression;
    this.base64End = base64End;
  }

  int base64End() {
    return base64End;
  }

  byte[] body() {
    return body;
  }

  @Nullable String contentType() {
    return contentType;
  }

  @Nullable String compression() {
    return compression;
  }

  static Envelope decode(byte[] bytes) throws MalformedException {
    int bodyFrom = -1;
    int bodyTo = -1;
    String contentType = null;
    String compression = null;
    String bodyEncoding = null;
    boolean delivered = false;
    try (JsonParser in = Json.parser(bytes, 0, bytes.length)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedException(Malformed.ENVELOPE_SHAPE, "not an object");
      }
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        if (bodyFrom >= 0 && bodyTo < 0) {
          bodyTo = (int) in.currentTokenLocation().getByteOffset();
        }
        JsonToken token = in.nextToken();
        switch (name) {
          case "body" -> {
            bodyTo = -1;
            bodyFrom =
                token == JsonToken.VALUE_STRING
                    ? (int) in.currentTokenLocation().getByteOffset() + 1
                    : -1;
          }
          case "content-type" -> contentType = stringOrNull(in);
          case "headers" -> {
            if (token == JsonToken.START_OBJECT) {
              compression = field(in, "compression", null)[0];
              continue;
            }
          }
          case "properties" -> {
            if (token == JsonToken.START_OBJECT) {
              @Nullable String[] found = field(in, "body_encoding", "delivery_tag");
              bodyEncoding = found[0];
              delivered = found[1] != null;
              continue;
            }
          }
          default -> {}
        }
        in.skipChildren();
      }
    } catch (IOException e) {
      throw new MalformedException(Malformed.ENVELOPE_SYNTAX, "not JSON");
    }
    if (bodyFrom < 0 || !delivered) {
      throw new MalformedException(
          Malformed.ENVELOPE_SHAPE,
          bodyFrom < 0 ? "no body" : "no properties (expected: with a delivery_tag)");
    }
    byte[] body = bodyOf(bytes, bodyFrom, bodyTo, bodyEncoding);
    int base64End = bodyEncoding == null || bodyTo < 0 ? -1 : textEndBefore(bytes, bodyTo);
    return new Envelope(body, contentType, compression, base64End);
  }

  /**
   * The body that begins at {@code from}.
   *
   * @param next where the field after it begins; -1 when it is the last
   */
  private static byte[] bodyOf(byte[] bytes, int from, int next, @Nullable String encoding)
      throws MalformedException {
    if (encoding == null) {
      return plainBody(bytes, from);
    }
    if (!encoding.equals("base64")) {
      throw new MalformedException(
          Malformed.BODY_ENCODING, "unknown body_encoding (expected: base64 or none)");
    }
    int end = next < 0 ? textEnd(bytes, from) : textEndBefore(bytes, next);
    try {
      ByteBuffer decoded = Base64.getDecoder().decode(ByteBuffer.wrap(bytes, from, end - from));
      if (decoded.arrayOffset() == 0 && decoded.remaining() == decoded.array().length) {
        return decoded.array();
      }
      byte[] exact = new byte[decoded.remaining()];
      decoded.get(exact);
      return exact;
    } catch (IllegalArgumentException e) {
      // Python's base64 skips what is not of its alphabet, as does the MIME decoder below; an
      // escape, too, is only read there
    }
    try {
      return Base64.getMimeDecoder()
          .decode(text(bytes, from).getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new MalformedException(Malformed.BODY_ENCODING, "not base64");
    }
  }

  private static byte[] plainBody(byte[] bytes, int from) throws MalformedException {
    int end = textEnd(bytes, from);
    return bytes[end] == '\\'
        ? text(bytes, from).getBytes(StandardCharsets.UTF_8)
        : Arrays.copyOfRange(bytes, from, end);
  }

  /** Where the text's closing quote, or its first escape, is. */
  private static int textEnd(byte[] bytes, int from) {
    int end = from;
    while (bytes[end] != '"' && bytes[end] != '\\') {
      end++;
    }
    return end;
  }

  /** Where the closing quote is of the text before the field that begins at {@code next}. */
  private static int textEndBefore(byte[] bytes, int next) {
    int end = next;
    while (bytes[end] != ',') {
      end--;
    }
    while (bytes[end] != '"') {
      end--;
    }
    return end;
  }

  /** The JSON string whose opening quote is right before {@code from}. */
  private static String text(byte[] bytes, int from) throws MalformedException {
    try (JsonParser in = Json.parser(bytes, from - 1, bytes.length - from + 1)) {
      in.nextToken();
      return in.getText();
    } catch (IOException e) {
      throw new MalformedException(Malformed.ENVELOPE_SYNTAX, "not JSON");
    }
  }

  /** Two fields of the object at the parser, as text; the rest of it is skipped. */
  private static @Nullable String[] field(JsonParser in, String first, @Nullable String second)
      throws IOException {
    @Nullable String[] found = new @Nullable String[2];
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      in.nextToken();
      if (name.equals(first)) {
        found[0] = stringOrNull(in);
      } else if (name.equals(second)) {
        found[1] = in.currentToken().isScalarValue() ? in.getText() : null;
      }
      in.skipChildren();
    }
    return found;
  }

  private static @Nullable String stringOrNull(JsonParser in) throws IOException {
    return in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : null;
  }
}
