package io.apfa.realtime.bridge.event;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Hides secrets in reprs, tracebacks and JSON: the value after a name that matches one of the
 * patterns, as in {@code 'password': 'hunter2'}, {@code password='hunter2'} and {@code "token":
 * "abc"}, becomes {@code [redacted]}.
 *
 * <p>Immutable.
 */
public final class Redactor {
  /** Names of secrets: {@code redact.patterns} by default. */
  public static final List<String> DEFAULT_PATTERNS =
      List.of(
          "passw(or)?d",
          "passwd",
          "passphrase",
          "secret",
          "token",
          "api[-_]?key",
          "private[-_]?key",
          "access[-_]?key",
          "authorization",
          "credential");

  static final String REDACTED = "[redacted]";

  /** A text in escaped quotes, one in quotes, also cut off, or what stands until a delimiter. */
  private static final String VALUE =
      "(?:\\\\\"(?:(?!\\\\\").)*+(?:\\\\\")?+"
          + "|[bru]*'(?:[^'\\\\]|\\\\.)*+'?+"
          + "|[bru]*\"(?:[^\"\\\\]|\\\\.)*+\"?+"
          + "|[^\\s,;&'\")\\]}\\\\]++)";

  private final boolean enabled;
  private final Pattern secret;
  private final Pattern secretName;
  private final LiteralFilter filter;

  private Redactor(boolean enabled, Pattern secret, Pattern secretName, LiteralFilter filter) {
    this.enabled = enabled;
    this.secret = secret;
    this.secretName = secretName;
    this.filter = filter;
  }

  /**
   * A redactor for names that contain a match of one of {@code patterns}, ignoring case; for none,
   * one that changes nothing.
   *
   * @throws PatternSyntaxException when one is not a regular expression
   */
  public static Redactor of(List<String> patterns) {
    for (String pattern : patterns) {
      Pattern.compile(pattern);
    }
    String names = "(?:" + String.join("|", patterns) + ")";
    return new Redactor(
        !patterns.isEmpty(),
        Pattern.compile(
            "(" + names + "[\\w-]{0,64}(?:\\\\?['\"])?\\s{0,8}[:=]\\s{0,8})" + VALUE,
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL),
        Pattern.compile(names, Pattern.CASE_INSENSITIVE),
        LiteralFilter.of(patterns));
  }

  /** {@code text} without its secrets. */
  public String redact(String text) {
    if (!enabled || !filter.mayMatch(text)) {
      return text;
    }
    Matcher matcher = secret.matcher(text);
    if (!matcher.find()) {
      return text;
    }
    StringBuilder clean = new StringBuilder(text.length());
    do {
      String name = matcher.group(1);
      String value = text.substring(matcher.end(1), matcher.end());
      matcher.appendReplacement(clean, Matcher.quoteReplacement(name + hidden(name, value)));
    } while (matcher.find());
    return matcher.appendTail(clean).toString();
  }

  /** Whether {@code name} is one of a secret. */
  public boolean isSecret(String name) {
    return enabled && secretName.matcher(name).find();
  }

  /** The replacement in the value's own quotes, or its name's, so that JSON stays JSON. */
  private static String hidden(String name, String value) {
    if (value.startsWith("\\\"")) {
      return "\\\"" + REDACTED + "\\\"";
    }
    if (value.startsWith("{") || value.startsWith("[") || value.startsWith("(")) {
      return value;
    }
    int doubled = value.indexOf('"');
    int single = value.indexOf('\'');
    boolean isDoubled = doubled >= 0 && doubled <= 3 && (single < 0 || doubled < single);
    if (isDoubled || (single < 0 && name.indexOf('"') >= 0 && !name.contains("\\\""))) {
      return '"' + REDACTED + '"';
    }
    return single >= 0 && single <= 3 ? "'" + REDACTED + "'" : REDACTED;
  }
}
