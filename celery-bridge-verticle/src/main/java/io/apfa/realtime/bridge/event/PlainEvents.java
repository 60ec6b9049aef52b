package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.io.NumberInput;
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
  /** Digits of a whole number that a double holds exactly. */
  private static final int MAX_DIGITS = 15;

  private static final long MAX_EXACT = 1L << 53;
  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private final Set<String> types;
  private final NameCache names;
  private final StringBuilder unescaped = new StringBuilder();
  private byte[] json = new byte[0];
  private int at;
  private boolean list;
  private boolean whole;

  /** The text read last: its place, its hash as of {@link String#hashCode}, or its escapes. */
  private int textFrom;

  private int textTo;
  private int textHash;
  private boolean escaped;

  private double number;

  /** Reads events of {@code types}; any other is not plain. */
  PlainEvents(Set<String> types, NameCache names) {
    this.types = types;
    this.names = names;
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
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return true;
    }
    while (true) {
      if (!readText() || escaped) {
        return false;
      }
      PlainField field = PlainField.of(json, textFrom, textTo, textHash);
      skipSpace();
      if (peek() != ':') {
        return false;
      }
      at++;
      skipSpace();
      if (!readValue(field, fields)) {
        return false;
      }
      skipSpace();
      int b = peek();
      at++;
      if (b == '}') {
        return true;
      }
      if (b != ',') {
        return false;
      }
      skipSpace();
    }
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
    return readNumber() && setNumber(field, fields);
  }

  private void setText(PlainField field, EventFields fields) {
    switch (field) {
      case TYPE -> fields.type = name();
      case UUID -> fields.uuid = text();
      case HOSTNAME -> fields.hostname = name();
      case NAME -> fields.name = name();
      case ARGS -> fields.args = text();
      case KWARGS -> fields.kwargs = text();
      case ROOT_ID -> fields.rootId = text();
      case PARENT_ID -> fields.parentId = text();
      case QUEUE -> fields.queue = name();
      case RESULT -> fields.result = text();
      case EXCEPTION -> fields.exception = text();
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
  private boolean setNumber(PlainField field, EventFields fields) {
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
    byte[] bytes = json;
    if (peek() != '"') {
      return false;
    }
    int i = at + 1;
    int hash = 0;
    textFrom = i;
    escaped = false;
    for (; i < bytes.length; i++) {
      byte b = bytes[i];
      if (b == '"') {
        textTo = i;
        textHash = hash;
        at = i + 1;
        return true;
      }
      if (b == '\\') {
        return readEscaped(i);
      }
      if (b < ' ') {
        return false;
      }
      hash = 31 * hash + b;
    }
    return false;
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

  private String name() {
    return escaped ? unescaped.toString() : names.get(json, textFrom, textTo, textHash);
  }

  /** Reads the number at {@link #at}, to the double nearest to it; false when it is not plain. */
  private boolean readNumber() {
    byte[] bytes = json;
    int from = at;
    int i = from;
    long digits = 0;
    int point = -1;
    for (; i < bytes.length; i++) {
      int b = bytes[i];
      if (b >= '0' && b <= '9') {
        if (digits >= MAX_EXACT / 10) {
          return readLongNumber(from);
        }
        digits = digits * 10 + (b - '0');
      } else if (b == '.' && point < 0 && i > from) {
        point = i;
      } else if (b == 'e' || b == 'E') {
        return readLongNumber(from);
      } else {
        break;
      }
    }
    int whole = (point < 0 ? i : point) - from;
    int decimals = point < 0 ? 0 : i - point - 1;
    at = i;
    if (whole == 0
        || whole > MAX_DIGITS
        || (whole > 1 && bytes[from] == '0')
        || (point >= 0 && decimals == 0)
        || decimals >= POWERS_OF_TEN.length
        || !isValueEnd(peek())) {
      return false;
    }
    // both operands are exact, so their quotient is the double nearest to the number
    number = digits / POWERS_OF_TEN[decimals];
    return true;
  }

  /** A number of more digits than a double holds, or with an exponent, as Python writes some. */
  private boolean readLongNumber(int from) {
    int wholeEnd = digitsEnd(from);
    int end = wholeEnd;
    boolean plain = wholeEnd > from && (wholeEnd == from + 1 || json[from] != '0');
    if (byteAt(end) == '.') {
      end = digitsEnd(wholeEnd + 1);
      plain &= end > wholeEnd + 1;
    }
    if (byteAt(end) == 'e' || byteAt(end) == 'E') {
      int sign = byteAt(end + 1) == '-' || byteAt(end + 1) == '+' ? 1 : 0;
      int exponent = end + 1 + sign;
      end = digitsEnd(exponent);
      plain &= end > exponent;
    }
    at = end;
    if (!plain || wholeEnd - from > MAX_DIGITS || end - from > 32 || !isValueEnd(peek())) {
      return false;
    }
    number =
        NumberInput.parseDouble(
            new String(json, from, end - from, StandardCharsets.ISO_8859_1), true);
    return true;
  }

  private int digitsEnd(int from) {
    int i = from;
    while (byteAt(i) >= '0' && byteAt(i) <= '9') {
      i++;
    }
    return i;
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
    while (i < bytes.length
        && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t')) {
      i++;
    }
    at = i;
  }

  /** The fields that task events of Celery's own have. */
  private enum PlainField {
    TYPE("type"),
    UUID("uuid"),
    HOSTNAME("hostname"),
    NAME("name"),
    ARGS("args"),
    KWARGS("kwargs"),
    ROOT_ID("root_id"),
    PARENT_ID("parent_id"),
    QUEUE("queue"),
    RESULT("result"),
    EXCEPTION("exception"),
    TRACEBACK("traceback"),
    TIMESTAMP("timestamp"),
    RUNTIME("runtime"),
    PID("pid"),
    CLOCK("clock"),
    RETRIES("retries"),
    ETA("eta"),
    EXPIRES("expires"),
    OTHER("");

    private static final @Nullable PlainField[] PLACES = new @Nullable PlainField[64];

    static {
      for (PlainField field : values()) {
        int place = field.key.hashCode() & 63;
        while (PLACES[place] != null) {
          place = (place + 1) & 63;
        }
        PLACES[place] = field;
      }
    }

    private final String key;

    PlainField(String key) {
      this.key = key;
    }

    /** The field whose name is at those bytes, which hash to {@code hash}. */
    static PlainField of(byte[] bytes, int from, int to, int hash) {
      for (int place = hash & 63; ; place = (place + 1) & 63) {
        PlainField field = PLACES[place];
        if (field == null) {
          return OTHER;
        }
        if (NameCache.isAt(field.key, bytes, from, to)) {
          return field;
        }
      }
    }
  }
}
