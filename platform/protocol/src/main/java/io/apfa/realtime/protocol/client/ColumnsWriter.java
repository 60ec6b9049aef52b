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
  private final List<Task> tasks;
  private final ColumnsGeneration generation;
  private final long baseMillis;
  private final @Nullable Task[] before;
  private final int[] masks;
  private final long[] reference;
  private final MsgpackBytes column = new MsgpackBytes(256);
  private final MsgpackBytes value = new MsgpackBytes(256);

  private ColumnsWriter(List<Task> tasks, long baseMillis, ColumnsGeneration generation) {
    this.tasks = tasks;
    this.baseMillis = baseMillis;
    this.generation = generation;
    this.before = new @Nullable Task[tasks.size()];
    this.masks = new int[tasks.size()];
    this.reference = new long[tasks.size()];
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
    out.arrayHeader(4 + Integer.bitCount(writer.decideMasks()));
    out.integer(tasks.size());
    writer.writeIds(out);
    writer.writeOffsets(out, beforeOffset);
    writer.writeMasks(out);
    writer.writeColumns(out);
  }

  private int decideMasks() {
    int union = 0;
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
      union |= mask;
    }
    return union;
  }

  /** {@code ids}: for each row the task's number, or its uuid the first time. */
  private void writeIds(MsgpackBytes out) {
    boolean allNewUuids = true;
    for (int row = 0; row < tasks.size(); row++) {
      allNewUuids &= before[row] == null && isUuid(tasks.get(row).uuid());
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
        writeUuid(out, task.uuid());
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
      writeColumn(out, each, bit);
      bit <<= 1;
    }
  }

  private void writeColumn(MsgpackBytes out, TaskColumn each, int bit) {
    int count = 0;
    boolean constant = true;
    int firstLength = 0;
    Map<String, Integer> seen = new HashMap<>();
    boolean sameText = isText(each.form()) && isSameText(each, bit);
    column.clear();
    for (int row = 0; row < tasks.size(); row++) {
      Task task = tasks.get(row);
      if ((masks[row] & bit) != 0 && !(sameText && count > 0)) {
        value.clear();
        writeValue(each, task, row, seen);
        constant &= count == 0 || isEqual(column, value, firstLength, count);
        firstLength = count == 0 ? value.length() : firstLength;
        column.append(value);
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
      out.raw(column.toByteArray(), firstLength);
    } else {
      out.arrayHeader(count);
      out.append(column);
    }
  }

  /** Whether {@code next} is what the column, constant so far, repeats. */
  private static boolean isEqual(MsgpackBytes column, MsgpackBytes next, int length, int count) {
    return next.length() == length && column.length() == length * count && column.startsWith(next);
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

  private void writeValue(TaskColumn each, Task task, int row, Map<String, Integer> seen) {
    if (!each.isPresent(task)) {
      value.nil();
      return;
    }
    String text = each.textOf(task);
    switch (each.form()) {
      case STATE -> {
        int state = TaskStates.BUILT_IN.indexOf(task.state());
        if (state >= 0) {
          value.integer(state);
        } else {
          value.text(task.state());
        }
      }
      case NAME ->
          writeReferable(text == null ? "" : text, generation.numberOf(each, String.valueOf(text)));
      case TEXT -> {
        Integer number = seen.putIfAbsent(text == null ? "" : text, seen.size());
        writeReferable(text == null ? "" : text, number == null ? -1 : number);
      }
      case JSON -> value.text(text == null ? "" : text);
      case RETRIES -> value.integer(task.retries());
      case ID -> {
        if (task.uuid().equals(text)) {
          value.flag(true);
        } else {
          writeId(value, text == null ? "" : text);
        }
      }
      case TIME -> value.integer(each.millisOf(task) - reference[row]);
      case RUNTIME -> writeRuntime(task.runtimeSeconds());
      case SUSPECT -> {
        Task.Suspect suspect = task.suspect();
        if (suspect != null) {
          value.arrayHeader(2);
          value.text(suspect.reason());
          value.integer(suspect.sinceMillis());
        }
      }
    }
  }

  private void writeReferable(String text, int number) {
    if (number < 0) {
      value.text(text);
    } else {
      value.integer(number);
    }
  }

  /** Browsers cannot tell 5 from 5.0, so a whole number is microseconds and a fraction seconds. */
  private void writeRuntime(double seconds) {
    double micros = Math.rint(seconds * 1e6);
    if (Math.abs(micros) < 1e15 && Double.compare((long) micros / 1e6, seconds) == 0) {
      value.integer((long) micros);
    } else if (seconds != Math.rint(seconds)) {
      value.real(seconds);
    } else {
      value.text(Double.toString(seconds));
    }
  }

  private static void writeId(MsgpackBytes out, String id) {
    if (isUuid(id)) {
      out.binaryHeader(16);
      writeUuid(out, id);
    } else {
      out.text(id);
    }
  }

  private static void writeUuid(MsgpackBytes out, String uuid) {
    out.uuid(
        hex(uuid, 0, 8) << 32 | hex(uuid, 9, 13) << 16 | hex(uuid, 14, 18),
        hex(uuid, 19, 23) << 48 | hex(uuid, 24, 36));
  }

  private static long hex(String text, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number << 4 | Character.digit(text.charAt(i), 16);
    }
    return number;
  }

  /** Whether {@code text} is a uuid in the one form that its 16 bytes are read back to. */
  static boolean isUuid(String text) {
    if (text.length() != 36) {
      return false;
    }
    for (int i = 0; i < 36; i++) {
      char c = text.charAt(i);
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? c != '-' : !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }
}
