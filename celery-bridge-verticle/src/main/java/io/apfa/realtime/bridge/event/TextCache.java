package io.apfa.realtime.bridge.event;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Gives equal texts one object. Task names, workers and queues repeat in every event, and a table
 * of a million tasks should hold each once; the events of a task repeat its ids and reprs, and one
 * object keeps its hash and is equal to itself at a glance. What is to be done to a text, such as
 * redaction, is done once.
 *
 * <p>A fixed number of places; a text that meets another in its place takes it. Long texts are not
 * kept. Confined to one thread.
 */
final class TextCache {
  private static final int PLACES = 4096;

  /** The longest text that is kept: it bounds a cache to some 2 MB. */
  private static final int MAX_BYTES = 256;

  private final UnaryOperator<String> reading;
  private final byte[] @Nullable [] written = new byte @Nullable [PLACES][];
  private final @Nullable String[] texts = new @Nullable String[PLACES];

  /** A cache that gives texts as they are. */
  TextCache() {
    this(text -> text);
  }

  /** A cache that gives what {@code reading} makes of a text. */
  TextCache(UnaryOperator<String> reading) {
    this.reading = reading;
  }

  String get(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return get(bytes, 0, bytes.length, StandardCharsets.UTF_8);
  }

  /** The text written in ASCII at those bytes; no object for a known one. */
  String getAscii(byte[] bytes, int from, int to) {
    return get(bytes, from, to, StandardCharsets.ISO_8859_1);
  }

  private String get(byte[] bytes, int from, int to, Charset charset) {
    int length = to - from;
    if (length > MAX_BYTES) {
      return reading.apply(new String(bytes, from, length, charset));
    }
    int place = AsciiScan.hash(bytes, from, to) & (PLACES - 1);
    byte[] known = written[place];
    String text = texts[place];
    if (known != null
        && text != null
        && known.length == length
        && AsciiScan.isAt(known, bytes, from)) {
      return text;
    }
    String fresh = reading.apply(new String(bytes, from, length, charset));
    if (known != null && known.length == length) {
      System.arraycopy(bytes, from, known, 0, length);
    } else {
      written[place] = Arrays.copyOfRange(bytes, from, to);
    }
    texts[place] = fresh;
    return fresh;
  }
}
