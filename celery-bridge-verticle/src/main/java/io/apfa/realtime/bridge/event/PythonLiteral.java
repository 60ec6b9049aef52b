package io.apfa.realtime.bridge.event;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Python's repr of plain data, read and written: numbers, texts, None, True, False, lists, tuples
 * and dicts. Celery's events carry arguments as reprs, cut to about 1,024 characters; what was cut,
 * or is an object, is refused rather than guessed.
 *
 * <p>Confined to one thread.
 */
public final class PythonLiteral {
  private static final int MAX_DEPTH = 100;
  private static final String CUT = "...";

  private final String text;
  private int at;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /**
   * Reads {@code repr}.
   *
   * @throws IllegalArgumentException saying why it is not a complete plain literal
   */
  public static @Nullable Object read(String repr) {
    PythonLiteral reader = new PythonLiteral(repr);
    Object value = reader.value(0);
    reader.skipSpace();
    if (reader.at != repr.length()) {
      throw reader.refused("more after the literal");
    }
    return value;
  }

  /** The repr of JSON-like {@code value}; a list is written as a list. */
  public static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value);
    return out.toString();
  }

  /** The repr of positional arguments: a tuple. */
  public static String writeArgs(List<?> args) {
    StringBuilder out = new StringBuilder("(");
    for (int i = 0; i < args.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      write(out, args.get(i));
    }
    return out.append(args.size() == 1 ? ",)" : ")").toString();
  }

  private @Nullable Object value(int depth) {
    if (depth > MAX_DEPTH) {
      throw refused("nested too deep");
    }
    skipSpace();
    char c = peek();
    return switch (c) {
      case '(' -> items(')', depth);
      case '[' -> items(']', depth);
      case '{' -> dict(depth);
      case '\'', '"' -> string();
      default -> word();
    };
  }

  private List<@Nullable Object> items(char close, int depth) {
    at++;
    List<@Nullable Object> items = new ArrayList<>();
    skipSpace();
    while (peek() != close) {
      items.add(value(depth + 1));
      separator(close);
    }
    at++;
    return items;
  }

  private Map<String, @Nullable Object> dict(int depth) {
    at++;
    Map<String, @Nullable Object> dict = new LinkedHashMap<>();
    skipSpace();
    while (peek() != '}') {
      Object key = value(depth + 1);
      skipSpace();
      if (!(key instanceof String name) || peek() != ':') {
        throw refused("a set, or a key that is no text");
      }
      at++;
      dict.put(name, value(depth + 1));
      separator('}');
    }
    at++;
    return dict;
  }

  private void separator(char close) {
    skipSpace();
    if (peek() == ',') {
      at++;
      skipSpace();
    } else if (peek() != close) {
      throw refused("no separator");
    }
  }

  private String string() {
    char quote = text.charAt(at++);
    StringBuilder out = new StringBuilder();
    while (peek() != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        escape(out);
      } else {
        out.append(c);
      }
    }
    at++;
    if (out.toString().endsWith(CUT)) {
      throw refused("a text that was cut");
    }
    return out.toString();
  }

  private void escape(StringBuilder out) {
    char c = peek();
    at++;
    switch (c) {
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'x' -> out.appendCodePoint(hex(2));
      case 'u' -> out.appendCodePoint(hex(4));
      case 'U' -> out.appendCodePoint(hex(8));
      case '\\', '\'', '"' -> out.append(c);
      default -> throw refused("an unknown escape");
    }
  }

  private int hex(int digits) {
    if (at + digits > text.length()) {
      throw refused("an escape that was cut");
    }
    try {
      int code = Integer.parseInt(text.substring(at, at + digits), 16);
      at += digits;
      if (!Character.isValidCodePoint(code)) {
        throw refused("an unknown escape");
      }
      return code;
    } catch (NumberFormatException e) {
      throw refused("an unknown escape");
    }
  }

  private @Nullable Object word() {
    int from = at;
    while (at < text.length() && "()[]{},: ".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(from, at);
    switch (word) {
      case "None" -> {
        return null;
      }
      case "True" -> {
        return true;
      }
      case "False" -> {
        return false;
      }
      default -> {}
    }
    if (word.isEmpty() || word.length() > 400 || "0123456789+-.".indexOf(word.charAt(0)) < 0) {
      throw refused("an object");
    }
    try {
      if (word.matches("[-+]?[0-9]+")) {
        return new BigInteger(word);
      }
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw refused(word.contains(CUT) ? "a list that was cut" : "an object");
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw refused("the text was cut");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        why + " at character " + at + " (expected: a complete repr of plain data)");
  }

  private static void write(StringBuilder out, @Nullable Object value) {
    if (value == null) {
      out.append("None");
    } else if (value instanceof Boolean flag) {
      out.append(flag ? "True" : "False");
    } else if (value instanceof String string) {
      quote(out, string);
    } else if (value instanceof Map<?, ?> map) {
      out.append('{');
      String comma = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(comma);
        quote(out, String.valueOf(entry.getKey()));
        out.append(": ");
        write(out, entry.getValue());
        comma = ", ";
      }
      out.append('}');
    } else if (value instanceof List<?> list) {
      out.append('[');
      for (int i = 0; i < list.size(); i++) {
        out.append(i == 0 ? "" : ", ");
        write(out, list.get(i));
      }
      out.append(']');
    } else {
      out.append(value);
    }
  }

  private static void quote(StringBuilder out, String string) {
    out.append('\'');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\'' -> out.append("\\'");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (Character.isISOControl(c)) {
            out.append(String.format("\\x%02x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('\'');
  }
}
