package io.apfa.realtime.bridge.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The fields that task events of Celery's own have (celery-wire.md section 2). */
enum PlainField {
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

  private static final int MASK = 127;
  private static final @Nullable PlainField[] PLACES = new @Nullable PlainField[MASK + 1];
  private static final byte[][] KEYS = new byte[MASK + 1][];

  static {
    for (PlainField field : values()) {
      byte[] key = field.key.getBytes(StandardCharsets.US_ASCII);
      int place = AsciiScan.hash(key, 0, key.length) & MASK;
      while (PLACES[place] != null) {
        place = (place + 1) & MASK;
      }
      PLACES[place] = field;
      KEYS[place] = key;
    }
  }

  private final String key;

  PlainField(String key) {
    this.key = key;
  }

  /** The field whose name is at those bytes. */
  static PlainField of(byte[] bytes, int from, int to) {
    for (int place = AsciiScan.hash(bytes, from, to) & MASK; ; place = (place + 1) & MASK) {
      PlainField field = PLACES[place];
      if (field == null) {
        return OTHER;
      }
      byte[] key = KEYS[place];
      if (key.length == to - from && AsciiScan.isAt(key, bytes, from)) {
        return field;
      }
    }
  }
}
