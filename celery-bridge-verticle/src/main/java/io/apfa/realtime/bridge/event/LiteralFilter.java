package io.apfa.realtime.bridge.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells quickly that no pattern of a list can match a text: each begins with some letters, and none
 * of these are in it. Says yes when in doubt, as for a pattern that does not begin with a letter.
 * Case is ignored, in ASCII.
 *
 * <p>Immutable.
 */
final class LiteralFilter {
  private static final int LETTERS = 128;
  private static final String QUANTIFIERS = "?*{";

  /** Beginnings by their first letter, lower case; null when any text may match. */
  private final String @Nullable [][] beginnings;

  private LiteralFilter(String @Nullable [][] beginnings) {
    this.beginnings = beginnings;
  }

  /** A filter for {@code patterns}, regular expressions that are searched ignoring case. */
  static LiteralFilter of(List<String> patterns) {
    List<List<String>> byFirst = new ArrayList<>();
    for (int i = 0; i < LETTERS; i++) {
      byFirst.add(new ArrayList<>());
    }
    for (String pattern : patterns) {
      String beginning = beginningOf(pattern);
      if (beginning.isEmpty()) {
        return new LiteralFilter(null);
      }
      byFirst.get(beginning.charAt(0)).add(beginning);
    }
    return new LiteralFilter(
        byFirst.stream().map(list -> list.toArray(new String[0])).toArray(String[][]::new));
  }

  /** The letters that every match of {@code pattern} begins with, in lower case. */
  static String beginningOf(String pattern) {
    if (mayHaveAlternatives(pattern)) {
      return "";
    }
    int end = 0;
    while (end < pattern.length() && isLetter(pattern.charAt(end))) {
      end++;
    }
    boolean lastIsOptional =
        end < pattern.length() && QUANTIFIERS.indexOf(pattern.charAt(end)) >= 0;
    return lower(pattern.substring(0, Math.max(0, lastIsOptional ? end - 1 : end)));
  }

  /** Whether {@code pattern} is of alternatives, but for those in parentheses. */
  private static boolean mayHaveAlternatives(String pattern) {
    if (pattern.indexOf('|') < 0) {
      return false;
    }
    if (pattern.indexOf('\\') >= 0 || pattern.indexOf('[') >= 0) {
      return true;
    }
    int depth = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '|' && depth == 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether a pattern may match somewhere in {@code text}. */
  boolean mayMatch(String text) {
    String[][] known = beginnings;
    if (known == null) {
      return true;
    }
    for (int i = 0; i < text.length(); i++) {
      int c = text.charAt(i) | 0x20;
      if (c < LETTERS && known[c].length > 0) {
        for (String beginning : known[c]) {
          if (text.regionMatches(true, i, beginning, 0, beginning.length())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static String lower(String ascii) {
    return ascii.toLowerCase(Locale.ROOT);
  }
}
