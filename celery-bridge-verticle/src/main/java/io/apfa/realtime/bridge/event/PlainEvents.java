package io.apfa.realtime.bridge.event;

import io.apfa.realtime.protocol.Times;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads plain events quickly: objects of texts, numbers and nulls as Celery's own workers send
 * them. Whatever else comes (a nested value, a raw non-ASCII byte, a surrogate, a number out of the
 * ordinary, a fault) it leaves, with everything after it, to the JSON parser, which decides alone
 * what is right; what is read here is read to the same fields.
 *
 * <p>Confined to its decoder.
 */
final class PlainEvents {
  private final Set<String> types;
  private final TextCache names;
  private final TextCache ids;
  private final TextCache reprs;
  private final PlainNumber number = new PlainNumber();
  private final FieldOrder order = new FieldOrder();
  private final StringBuilder unescaped = new StringBuilder();
  private byte[] json = new byte[0];
  private int at;
  private boolean list;
  private boolean whole;

  /** The text read last: its place, or what its escapes stand for. */
  private int textFrom;

  private int textTo;
  private boolean escaped;

  /** Whether an object's closing brace was read instead of a key. */
  private boolean closed;

  /**
   * Reads events of {@code types}; any other is not plain.
   *
   * @param reprs gives args, kwargs, results and exceptions as they may be shown
   */
  PlainEvents(Set<String> types, TextCache names, TextCache ids, TextCache reprs) {
    this.types = types;
    this.names = names;
    this.ids = ids;
    this.reprs = reprs;
  }

  /** Begins with {@code body}, an event or a list of events. */
  void begin(byte[] body) {
    json = body;
    at = 0;
    whole = false;
    skipSpace();
    list = peek() == '[';
    if (list) {
      at++;
      skipSpace();
      if (peek() == ']') {
        whole = true;
      }
    }
  }

  /** Whether the body was read to its end. */
  boolean isWhole() {
    return whole;
  }

  /** Lets the body go. */
  void end() {
    json = new byte[0];
  }

  /**
   * Reads the next event into {@code fields}.
   *
   * @return its type; null at the end and before what is not plain
   */
  @Nullable String next(EventFields fields) {
    if (whole) {
      return null;
    }
    fields.clear();
    fields.shown = true;
    String type = readObject(fields) ? fields.type : null;
    if (type == null || !types.contains(type)) {
      return null;
    }
    skipSpace();
    if (!list) {
      whole = true;
    } else if (peek() == ']') {
      whole = true;
    } else if (peek() == ',') {
      at++;
      skipSpace();
    } else {
      // the event itself is right; what follows it is the parser's to refuse
      at = json.length;
    }
    return type;
  }

  private boolean readObject(EventFields fields) {
    if (peek() != '{') {
      return false;
    }
    order.begin();
    int from = at;
    for (boolean first = true; ; first = false) {
      PlainField field = order.next(json, from);
      if (field != null) {
        at = from + order.length();
      } else {
        field = readKey(first);
        if (field == null) {
          return closed;
        }
        order.learn(json, from, at, field);
      }
      if (!readValue(field, fields)) {
        return false;
      }
      from = at;
      if (peek() == '}') {
        at++;
        return true;
      }
    }
  }

  /**
   * Reads on to the next value: from the opening brace, or from the value before.
   *
   * @return the value's field; null when the object is {@link #closed}, or not plain
   */
  private @Nullable PlainField readKey(boolean first) {
    closed = false;
    skipSpace();
    int b = peek();
    at++;
    if (first) {
      skipSpace();
    }
    if (first ? peek() == '}' : b == '}') {
      at += first ? 1 : 0;
      closed = true;
      return null;
    }
    if (b != (first ? '{' : ',')) {
      return null;
    }
    skipSpace();
    if (!readText() || escaped) {
      return null;
    }
    PlainField field = PlainField.of(json, textFrom, textTo);
    skipSpace();
    if (peek() != ':') {
      return null;
    }
    at++;
    skipSpace();
    return field;
  }

  private boolean readValue(PlainField field, EventFields fields) {
    int b = peek();
    if (b == '"') {
      if (!readText()) {
        return false;
      }
      setText(field, fields);
      return true;
    }
    if (b == 'n') {
      boolean isNull =
          json.length - at >= 4
              && json[at + 1] == 'u'
              && json[at + 2] == 'l'
              && json[at + 3] == 'l';
      at += 4;
      setNull(field, fields);
      return isNull && isValueEnd(peek());
    }
    boolean read = number.read(json, at);
    at = number.end();
    return read && isValueEnd(peek()) && setNumber(field, number.value(), fields);
  }

  private void setText(PlainField field, EventFields fields) {
    switch (field) {
      case TYPE -> fields.type = text(names);
      case UUID -> fields.uuid = text(ids);
      case HOSTNAME -> fields.hostname = text(names);
      case NAME -> fields.name = text(names);
      case ARGS -> fields.args = text(reprs);
      case KWARGS -> fields.kwargs = text(reprs);
      case ROOT_ID -> fields.rootId = text(ids);
      case PARENT_ID -> fields.parentId = text(ids);
      case QUEUE -> fields.queue = text(names);
      case RESULT -> fields.result = text(reprs);
      case EXCEPTION -> fields.exception = text(reprs);
      case TRACEBACK -> fields.traceback = text();
      case TIMESTAMP, RUNTIME, PID, CLOCK, RETRIES -> setNull(field, fields);
      case ETA -> fields.etaMillis = EventFields.isoMillis(text());
      case EXPIRES -> fields.expiresMillis = EventFields.isoMillis(text());
      case OTHER -> {}
    }
  }

  private static void setNull(PlainField field, EventFields fields) {
    switch (field) {
      case TYPE -> fields.type = null;
      case UUID -> fields.uuid = null;
      case HOSTNAME -> fields.hostname = null;
      case NAME -> fields.name = null;
      case ARGS -> fields.args = null;
      case KWARGS -> fields.kwargs = null;
      case ROOT_ID -> fields.rootId = null;
      case PARENT_ID -> fields.parentId = null;
      case QUEUE -> fields.queue = null;
      case RESULT -> fields.result = null;
      case EXCEPTION -> fields.exception = null;
      case TRACEBACK -> fields.traceback = null;
      case TIMESTAMP -> fields.timestamp = Double.NaN;
      case RUNTIME -> fields.runtime = Double.NaN;
      case PID -> fields.pid = -1;
      case CLOCK -> fields.clock = -1;
      case RETRIES -> fields.retries = -1;
      case ETA -> fields.etaMillis = Times.UNKNOWN_MILLIS;
      case EXPIRES -> fields.expiresMillis = Times.UNKNOWN_MILLIS;
      case OTHER -> {}
    }
  }

  /** False for a field that takes a number as the text it is written as. */
  private static boolean setNumber(PlainField field, double number, EventFields fields) {
    switch (field) {
      case TIMESTAMP -> fields.timestamp = number;
      case RUNTIME -> fields.runtime = number;
      case PID -> fields.pid = EventFields.wholeNumber(number);
      case CLOCK -> fields.clock = EventFields.wholeNumber(number);
      case RETRIES -> fields.retries = EventFields.wholeNumber(number);
      case ETA -> fields.etaMillis = Times.fromEpochSeconds(number);
      case EXPIRES -> fields.expiresMillis = Times.fromEpochSeconds(number);
      case OTHER -> {}
      case TYPE, HOSTNAME, NAME, QUEUE -> setNull(field, fields);
      case UUID, ROOT_ID, PARENT_ID, ARGS, KWARGS, RESULT, EXCEPTION, TRACEBACK -> {
        return false;
      }
    }
    return true;
  }

  /** Reads the text that begins at {@link #at}; false when it is not plain. */
  private boolean readText() {
    if (peek() != '"') {
      return false;
    }
    textFrom = at + 1;
    escaped = false;
    int stop = AsciiScan.plainEnd(json, textFrom);
    switch (byteAt(stop)) {
      case '"' -> {
        textTo = stop;
        at = stop + 1;
        return true;
      }
      case '\\' -> {
        return readEscaped(stop);
      }
      default -> {
        return false;
      }
    }
  }

  /** Goes on with a text whose first escape is at {@code first}. */
  private boolean readEscaped(int first) {
    byte[] bytes = json;
    StringBuilder out = unescaped;
    out.setLength(0);
    appendAscii(textFrom, first);
    int i = first;
    while (i < bytes.length) {
      byte b = bytes[i];
      if (b == '"') {
        escaped = true;
        at = i + 1;
        return true;
      }
      if (b == '\\') {
        int length = appendEscape(i);
        if (length == 0) {
          return false;
        }
        i += length;
      } else if (b < ' ') {
        return false;
      } else {
        out.append((char) b);
        i++;
      }
    }
    return false;
  }

  /** Appends what the escape at {@code i} stands for, and returns its bytes; 0 when not plain. */
  private int appendEscape(int i) {
    int kind = i + 1 < json.length ? json[i + 1] : 0;
    switch (kind) {
      case '"', '\\', '/' -> unescaped.append((char) kind);
      case 'n' -> unescaped.append('\n');
      case 't' -> unescaped.append('\t');
      case 'r' -> unescaped.append('\r');
      case 'b' -> unescaped.append('\b');
      case 'f' -> unescaped.append('\f');
      case 'u' -> {
        int code = 0;
        for (int digit = i + 2; digit < i + 6; digit++) {
          int value = digit < json.length ? Character.digit(json[digit], 16) : -1;
          if (value < 0) {
            return 0;
          }
          code = code << 4 | value;
        }
        if (Character.isSurrogate((char) code)) {
          return 0;
        }
        unescaped.append((char) code);
        return 6;
      }
      default -> {
        return 0;
      }
    }
    return 2;
  }

  private void appendAscii(int from, int to) {
    for (int i = from; i < to; i++) {
      unescaped.append((char) json[i]);
    }
  }

  private String text() {
    return escaped
        ? unescaped.toString()
        : new String(json, textFrom, textTo - textFrom, StandardCharsets.ISO_8859_1);
  }

  private String text(TextCache cache) {
    return escaped ? cache.get(unescaped.toString()) : cache.getAscii(json, textFrom, textTo);
  }

  private static boolean isValueEnd(int b) {
    return b == ',' || b == '}' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private int peek() {
    return byteAt(at);
  }

  private int byteAt(int index) {
    return index < json.length ? json[index] : -1;
  }

  private void skipSpace() {
    byte[] bytes = json;
    int i = at;
    if (i + 1 < bytes.length && bytes[i] == ' ' && bytes[i + 1] > ' ') {
      at = i + 1;
      return;
    }
    while (i < bytes.length
        && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t')) {
      i++;
    }
    at = i;
  }
}
