package io.apfa.realtime.protocol.client;

import org.jspecify.annotations.Nullable;

/** How a session wants its batches. Immutable. */
public enum Encoding {
  /** Text frames; everywhere. */
  JSON("json"),
  /** Binary frames of msgpack maps, the specification's; raw WebSocket only. */
  MSGPACK("msgpack"),
  /** Binary frames of columns, with deltas on the live stream; raw WebSocket only. */
  MSGPACK_COLUMNS("msgpack-columns");

  private final String word;

  Encoding(String word) {
    this.word = word;
  }

  /** The word in the {@code encoding} header. */
  public String word() {
    return word;
  }

  /** The encoding of {@code word}, or null for any other word. */
  public static @Nullable Encoding ofWord(String word) {
    for (Encoding encoding : values()) {
      if (encoding.word.equals(word)) {
        return encoding;
      }
    }
    return null;
  }
}
