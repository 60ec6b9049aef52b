package io.apfa.realtime.protocol;

/** Text for error messages. Immutable. */
public final class Texts {
  private Texts() {}

  /**
   * {@code text} in quotes, cut to {@code maxChars} and with control characters shown as {@code ?},
   * so that a message never carries more of a peer's text than it needs.
   */
  public static String quote(String text, int maxChars) {
    StringBuilder quoted = new StringBuilder(Math.min(text.length(), maxChars) + 3).append('"');
    for (int i = 0; i < text.length() && i < maxChars; i++) {
      char c = text.charAt(i);
      quoted.append(Character.isISOControl(c) ? '?' : c);
    }
    return quoted.append(text.length() > maxChars ? "…\"" : "\"").toString();
  }

  /**
   * Why bytes could not be read: msgpack's own words, which has none for bytes that end too early.
   */
  public static String reason(Exception e) {
    String message = e.getMessage();
    return message == null ? "it ends too early (expected: the rest)" : message;
  }
}
