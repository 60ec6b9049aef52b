package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Times;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes tasks as columns: {@code [count, ids, offsets, masks, column…]}, a column for each bit
 * that any row's mask has, in the order of {@link TaskColumn}.
 *
 * <p>Confined to its caller's thread.
 */
final class ColumnsWriter {
  /** Past it, what is new to the column is written whole; gzip finds what is near. */
  private static final int MAX_FRAME_TEXTS = 1024;

  private static final byte[] HEX_DIGITS = hexDigits();

  private final List<Task> tasks;
  private final ColumnsGeneration generation;
  private final long baseMillis;
  private final @Nullable Task[] before;
  private final int[] masks;
  private int allMasks;
  private final long[] reference;
  private final MsgpackBytes column;

  private ColumnsWriter(List<Task> tasks, long baseMillis, ColumnsGeneration generation) {
    this.tasks = tasks;
    this.baseMillis = baseMillis;
    this.generation = generation;
    this.before = new @Nullable Task[tasks.size()];
    this.masks = new int[tasks.size()];
    this.reference = new long[tasks.size()];
    this.column = new MsgpackBytes(Math.max(256, 16 * tasks.size()));
  }

  /**
   * Writes {@code tasks}.
   *
   * @param baseMillis what a row's first time is relative to
   * @param beforeOffset the offset before the first row's
   * @param generation what may be referred to; a fresh one for a self-contained frame
   */
  static void write(
      MsgpackBytes out,
      List<Task> tasks,
      long baseMillis,
      long beforeOffset,
      ColumnsGeneration generation) {
    ColumnsWriter writer = new ColumnsWriter(tasks, baseMillis, generation);
    writer.decideMasks();
    out.arrayHeader(4 + Integer.bitCount(writer.allMasks));
    out.integer(tasks.size());
    writer.writeIds(out);
    writer.writeOffsets(out, beforeOffset);
    writer.writeMasks(out);
    writer.writeColumns(out);
  }

  private void decideMasks() {
    for (int row = 0; row < tasks.size(); row++) {
      Task task = tasks.get(row);
      ColumnsGeneration.Sent sent = generation.sent(task.uuid());
      Task known = sent == null ? null : sent.task;
      before[row] = known;
      int mask = 0;
      int bit = 1;
      for (TaskColumn each : TaskColumn.ALL) {
        boolean written = known == null ? each.isPresent(task) : !each.isSame(known, task);
        mask |= written ? bit : 0;
        bit <<= 1;
      }
      masks[row] = mask;
      allMasks |= mask;
    }
  }

  /** {@code ids}: for each row the task's number, or its uuid the first time. */
  private void writeIds(MsgpackBytes out) {
    long[] uuids = new long[2 * tasks.size()];
    boolean allNewUuids = true;
    for (int row = 0; row < tasks.size() && allNewUuids; row++) {
      allNewUuids = before[row] == null && readUuid(tasks.get(row).uuid(), uuids, 2 * row);
    }
    if (allNewUuids) {
      out.binaryHeader(16 * tasks.size());
    } else {
      out.arrayHeader(tasks.size());
    }
    for (int row = 0; row < tasks.size(); row++) {
      Task task = tasks.get(row);
      ColumnsGeneration.Sent sent = generation.sent(task.uuid());
      if (sent != null && before[row] != null) {
        out.integer(sent.number);
        sent.task = task;
        continue;
      }
      if (allNewUuids) {
        out.uuid(uuids[2 * row], uuids[2 * row + 1]);
      } else {
        writeId(out, task.uuid());
      }
      generation.remember(task);
    }
  }

  private void writeOffsets(MsgpackBytes out, long beforeOffset) {
    boolean dense = true;
    long previous = beforeOffset;
    for (Task task : tasks) {
      dense &= task.offset() == previous + 1;
      previous = task.offset();
    }
    if (dense) {
      out.nil();
      return;
    }
    out.arrayHeader(tasks.size());
    previous = beforeOffset;
    for (Task task : tasks) {
      out.integer(task.offset() - previous);
      previous = task.offset();
    }
  }

  /** {@code masks}: one for all rows, or one a row; negative ones are numbers of earlier masks. */
  private void writeMasks(MsgpackBytes out) {
    if (isSingle()) {
      writeMask(out, masks[0]);
      return;
    }
    boolean same = true;
    for (int mask : masks) {
      same &= mask == masks[0];
    }
    int count = same ? Math.min(1, masks.length) : masks.length;
    out.arrayHeader(count);
    for (int row = 0; row < count; row++) {
      writeMask(out, masks[row]);
    }
  }

  private void writeMask(MsgpackBytes out, int mask) {
    int number = generation.numberOfMask(mask);
    out.integer(number < 0 ? mask : -1L - number);
  }

  /** Whether there is one row, whose mask and columns are values and no arrays. */
  private boolean isSingle() {
    return tasks.size() == 1;
  }

  private void writeColumns(MsgpackBytes out) {
    Arrays.fill(reference, baseMillis);
    int bit = 1;
    for (TaskColumn each : TaskColumn.ALL) {
      // a time that no row has changed may still be what the next one is relative to
      if ((allMasks & bit) != 0 || each.form() == TaskColumn.Form.TIME) {
        writeColumn(out, each, bit);
      }
      bit <<= 1;
    }
  }

  private void writeColumn(MsgpackBytes out, TaskColumn each, int bit) {
    int count = 0;
    boolean constant = true;
    int firstLength = 0;
    FrameTexts texts = new FrameTexts();
    boolean sameText = isText(each.form()) && isSameText(each, bit);
    column.clear();
    for (int row = 0; row < tasks.size(); row++) {
      Task task = tasks.get(row);
      if ((masks[row] & bit) != 0 && !(sameText && count > 0)) {
        int start = column.length();
        writeValue(each, task, row, texts);
        if (count == 0) {
          firstLength = column.length();
        } else {
          constant = constant && column.repeats(firstLength, start);
        }
        count++;
      }
      moveReference(each, task, row);
    }
    if (count == 0) {
      return;
    }
    if (isSingle()) {
      out.append(column);
    } else if (constant && count > 1) {
      out.arrayHeader(1);
      out.append(column, firstLength);
    } else {
      out.arrayHeader(count);
      out.append(column);
    }
  }

  private boolean isSameText(TaskColumn each, int bit) {
    String first = null;
    int rows = 0;
    for (int row = 0; row < tasks.size(); row++) {
      if ((masks[row] & bit) != 0) {
        String text = each.textOf(tasks.get(row));
        if (text == null || (rows > 0 && !text.equals(first))) {
          return false;
        }
        first = text;
        rows++;
      }
    }
    return rows > 1;
  }

  private static boolean isText(TaskColumn.Form form) {
    return form == TaskColumn.Form.NAME
        || form == TaskColumn.Form.TEXT
        || form == TaskColumn.Form.JSON;
  }

  /** Moves the time that a row's next time is relative to. */
  private void moveReference(TaskColumn each, Task task, int row) {
    if (each.form() != TaskColumn.Form.TIME) {
      return;
    }
    long millis = each.millisOf(task);
    if (each == TaskColumn.REJECTED) {
      reference[row] = latestMillis(task, baseMillis);
    } else if (Times.isKnown(millis)) {
      reference[row] = millis;
    }
  }

  /** The latest of a task's event times; {@code fallback} when none is known. */
  static long latestMillis(Task task, long fallback) {
    long latest = Times.UNKNOWN_MILLIS;
    latest = Math.max(latest, task.sentMillis());
    latest = Math.max(latest, task.receivedMillis());
    latest = Math.max(latest, task.startedMillis());
    latest = Math.max(latest, task.retriedMillis());
    latest = Math.max(latest, task.succeededMillis());
    latest = Math.max(latest, task.failedMillis());
    latest = Math.max(latest, task.revokedMillis());
    latest = Math.max(latest, task.rejectedMillis());
    return Times.isKnown(latest) ? latest : fallback;
  }

  private void writeValue(TaskColumn each, Task task, int row, FrameTexts texts) {
    if (!each.isPresent(task)) {
      column.nil();
      return;
    }
    String text = each.textOf(task);
    switch (each.form()) {
      case STATE -> {
        int state = TaskStates.BUILT_IN.indexOf(task.state());
        if (state >= 0) {
          column.integer(state);
        } else {
          column.text(task.state());
        }
      }
      case NAME ->
          writeReferable(text == null ? "" : text, generation.numberOf(each, String.valueOf(text)));
      case TEXT -> {
        String known = text == null ? "" : text;
        writeReferable(known, texts.numberOf(known));
      }
      case JSON -> column.text(text == null ? "" : text);
      case RETRIES -> column.integer(task.retries());
      case ID -> {
        if (task.uuid().equals(text)) {
          column.flag(true);
        } else {
          writeId(column, text == null ? "" : text);
        }
      }
      case TIME -> column.integer(each.millisOf(task) - reference[row]);
      case RUNTIME -> writeRuntime(task.runtimeSeconds());
      case SUSPECT -> {
        Task.Suspect suspect = task.suspect();
        if (suspect != null) {
          column.arrayHeader(2);
          column.text(suspect.reason());
          column.integer(suspect.sinceMillis());
        }
      }
    }
  }

  private void writeReferable(String text, int number) {
    if (number < 0) {
      column.text(text);
    } else {
      column.integer(number);
    }
  }

  /** Browsers cannot tell 5 from 5.0, so a whole number is microseconds and a fraction seconds. */
  private void writeRuntime(double seconds) {
    double micros = Math.rint(seconds * 1e6);
    if (Math.abs(micros) < 1e15 && Double.compare((long) micros / 1e6, seconds) == 0) {
      column.integer((long) micros);
    } else if (seconds != Math.rint(seconds)) {
      column.real(seconds);
    } else {
      column.text(Double.toString(seconds));
    }
  }

  private static void writeId(MsgpackBytes out, String id) {
    long[] uuid = new long[2];
    if (readUuid(id, uuid, 0)) {
      out.binaryHeader(16);
      out.uuid(uuid[0], uuid[1]);
    } else {
      out.text(id);
    }
  }

  /**
   * Reads {@code text} into two places of {@code into}, when it is a uuid in the one form that its
   * 16 bytes are read back to.
   *
   * @return whether it is one
   */
  static boolean readUuid(String text, long[] into, int at) {
    if (text.length() != 36) {
      return false;
    }
    long bits = 0;
    for (int i = 0; i < 36; i++) {
      char c = text.charAt(i);
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        if (c != '-') {
          return false;
        }
        if (i == 18) {
          into[at] = bits;
        }
        continue;
      }
      int digit = hexDigit(c);
      if (digit < 0) {
        return false;
      }
      bits = bits << 4 | digit;
    }
    into[at + 1] = bits;
    return true;
  }

  /** The value of a lower-case hex digit; negative for any other character. */
  private static int hexDigit(char c) {
    return c < HEX_DIGITS.length ? HEX_DIGITS[c] : -1;
  }

  private static byte[] hexDigits() {
    byte[] digits = new byte[128];
    Arrays.fill(digits, (byte) -1);
    for (int i = 0; i < 16; i++) {
      digits[Character.forDigit(i, 16)] = (byte) i;
    }
    return digits;
  }

  /** The texts that one column of one frame has already; bounded, for each costs a lookup. */
  private static final class FrameTexts {
    private final Map<String, Integer> numbers = new HashMap<>();
    private int written;

    /** The number of {@code text}, or -1 when it is to be written, which numbers it. */
    int numberOf(String text) {
      Integer known = numbers.get(text);
      if (known != null) {
        return known;
      }
      if (numbers.size() < MAX_FRAME_TEXTS) {
        numbers.put(text, written);
      }
      written++;
      return -1;
    }
  }
}
