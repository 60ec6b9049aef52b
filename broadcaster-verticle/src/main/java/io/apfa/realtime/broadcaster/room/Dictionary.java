package io.apfa.realtime.broadcaster.room;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives equal texts one object, so that a hundred thousand tasks of one name share its bytes. At
 * its bound it forgets everything and starts again: tasks keep what they have.
 *
 * <p>Confined to its verticle's context.
 */
final class Dictionary {
  private static final int SHORT_CHARS = 8;

  private static final int LATELY = 64;

  private final int maxTexts;
  private final Map<String, String> texts = new HashMap<>();

  /** Texts given lately, by their hash: most are asked for again at once. */
  private final @Nullable String[] lately = new @Nullable String[LATELY];

  Dictionary(int maxTexts) {
    this.maxTexts = maxTexts;
  }

  /** The one object of this text: of a name, a host, a queue, a state. */
  @Nullable String shared(@Nullable String text) {
    return text == null ? null : sharedText(text);
  }

  /** As {@link #shared}, for a text that is there. */
  String sharedText(String text) {
    int place = text.hashCode() & (LATELY - 1);
    String late = lately[place];
    if (text.equals(late)) {
      return late;
    }
    String shared = lookUp(text);
    lately[place] = shared;
    return shared;
  }

  private String lookUp(String text) {
    String known = texts.get(text);
    if (known != null) {
      return known;
    }
    if (texts.size() >= maxTexts) {
      texts.clear();
    }
    texts.put(text, text);
    return text;
  }

  /** The one object of a text that is often the same when it is short: {@code ()}, {@code None}. */
  @Nullable String sharedIfShort(@Nullable String text) {
    return text == null || text.length() > SHORT_CHARS ? text : sharedText(text);
  }
}
