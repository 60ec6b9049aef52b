package io.apfa.realtime.bridge.event;

/** Lone surrogates: Python's JSON can carry them, UTF-8 cannot. Immutable. */
final class Surrogates {
  private static final char REPLACEMENT = '\uFFFD';

  private Surrogates() {}

  /** {@code text} with each lone surrogate replaced by U+FFFD; the same object if it has none. */
  static String clean(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isLone(text, i)) {
        return replaced(text);
      }
    }
    return text;
  }

  private static boolean isLone(String text, int i) {
    char c = text.charAt(i);
    if (!Character.isSurrogate(c)) {
      return false;
    }
    return Character.isHighSurrogate(c)
        ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
        : i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
  }

  private static String replaced(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      clean.append(isLone(text, i) ? REPLACEMENT : text.charAt(i));
    }
    return clean.toString();
  }
}
