package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Gzip;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.Times;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.ValueType;

/**
 * Reads frames of {@code msgpack-columns} as a client does: one reader per room, which keeps what
 * the current generation's frames refer back to. It serves tests, benches and Java clients;
 * browsers have their own in TypeScript, held to the same golden files.
 *
 * <p>Confined to its caller's thread.
 */
public final class ColumnsReader {
  private static final int MAX_INFLATED_BYTES = 64 * 1024 * 1024;
  private static final int MAX_ROWS = 100_000;

  private long generation;
  private long frame;
  private List<Task> tasks = new ArrayList<>();
  private List<String> names = new ArrayList<>();
  private List<Integer> masks = new ArrayList<>();

  /**
   * One frame.
   *
   * @param kind {@link MsgpackFrames#BATCH} or {@link MsgpackFrames#SNAPSHOT}
   * @param from first offset covered; of a snapshot its part
   * @param offset last offset covered; of a snapshot its offset
   * @param others updates that are no tasks, as {@code type} and msgpack data as JSON text
   */
  public record Frame(
      int kind,
      String room,
      String epoch,
      long from,
      long offset,
      boolean conflated,
      long closedMillis,
      List<Task> tasks,
      List<Other> others) {
    public Frame {
      tasks = List.copyOf(tasks);
      others = List.copyOf(others);
    }
  }

  /** An update that is no task. */
  public record Other(int place, String type, String json) {}

  /**
   * Reads one frame.
   *
   * @throws IllegalArgumentException when it is not such a frame, or does not follow the frame
   *     before
   */
  public Frame read(byte[] bytes) {
    byte[] plain = Gzip.isGzip(bytes) ? Gzip.inflate(bytes, MAX_INFLATED_BYTES) : bytes;
    try (MessageUnpacker in = MessagePack.newDefaultUnpacker(plain)) {
      return read(in);
    } catch (IOException | MessagePackException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("columns frame: " + Texts.reason(e), e);
    }
  }

  private Frame read(MessageUnpacker in) throws IOException {
    expect("elements", in.unpackArrayHeader(), 7);
    int kind = in.unpackInt();
    String room = in.unpackString();
    String epoch = in.unpackString();
    boolean snapshot = kind == MsgpackFrames.SNAPSHOT;
    long second = in.unpackLong();
    long third = in.unpackLong();
    boolean conflated = false;
    if (snapshot) {
      in.unpackInt();
    } else {
      conflated = in.unpackBoolean();
    }
    expect("updates' elements", in.unpackArrayHeader(), 6);
    expect("version", in.unpackInt(), ColumnsFrames.VERSION);
    enter(in.unpackLong(), in.unpackLong());
    long closedMillis = in.unpackLong();
    List<Task> read = readTasks(in, closedMillis, snapshot ? 0 : second - 1);
    return new Frame(
        kind,
        room,
        epoch,
        snapshot ? third : second,
        snapshot ? second : third,
        conflated,
        closedMillis,
        read,
        readOthers(in));
  }

  private static void expect(String what, int found, int expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "columns frame: " + what + " " + found + " (expected: " + expected + ")");
    }
  }

  private void enter(long frameGeneration, long frameNumber) {
    boolean follows = frameGeneration == generation && frameNumber == frame + 1;
    if (frameGeneration != 0 && frameNumber != 1 && !follows) {
      throw new IllegalArgumentException(
          "columns frame: frame "
              + frameNumber
              + " of generation "
              + frameGeneration
              + " (expected: frame "
              + (frame + 1)
              + " of "
              + generation
              + ", or a first frame)");
    }
    if (frameNumber <= 1) {
      tasks = new ArrayList<>();
      names = new ArrayList<>();
      masks = new ArrayList<>();
    }
    generation = frameGeneration;
    frame = frameNumber;
  }

  private List<Task> readTasks(MessageUnpacker in, long baseMillis, long beforeOffset)
      throws IOException {
    in.unpackArrayHeader();
    int count = in.unpackInt();
    if (count < 0 || count > MAX_ROWS) {
      throw new IllegalArgumentException(
          "columns frame: " + count + " rows (expected: 0 to " + MAX_ROWS + ")");
    }
    int[] numbers = new int[count];
    Rows rows = new Rows(readIds(in, count, numbers));
    readOffsets(in, rows, beforeOffset);
    int[] rowMasks = readMasks(in, count);
    int bit = 1;
    for (TaskColumn column : TaskColumn.ALL) {
      readColumn(in, rows, rowMasks, column, bit, baseMillis);
      bit <<= 1;
    }
    List<Task> read = new ArrayList<>(count);
    for (int row = 0; row < count; row++) {
      Task task = rows.builders[row].build();
      tasks.set(numbers[row] - 1, task);
      read.add(task);
    }
    return read;
  }

  /** Rows under construction, with the times that each row's next time is relative to. */
  private static final class Rows {
    final Task.Builder[] builders;
    final @Nullable Long[] reference;

    Rows(Task.Builder[] builders) {
      this.builders = builders;
      this.reference = new @Nullable Long[builders.length];
    }
  }

  private Task.Builder[] readIds(MessageUnpacker in, int count, int[] numbers) throws IOException {
    Task.Builder[] builders = new Task.Builder[count];
    if (in.getNextFormat().getValueType() == ValueType.BINARY) {
      expect("uuid bytes", in.unpackBinaryHeader(), 16 * count);
      for (int row = 0; row < count; row++) {
        builders[row] = newTask(uuid(in.readPayload(16)), numbers, row);
      }
      return builders;
    }
    expect("ids", in.unpackArrayHeader(), count);
    for (int row = 0; row < count; row++) {
      if (in.getNextFormat().getValueType() == ValueType.INTEGER) {
        numbers[row] = in.unpackInt();
        builders[row] = tasks.get(numbers[row] - 1).toBuilder();
      } else {
        builders[row] = newTask(readId(in), numbers, row);
      }
    }
    return builders;
  }

  private Task.Builder newTask(String uuid, int[] numbers, int row) {
    Task.Builder builder = Task.builder(uuid);
    tasks.add(builder.build());
    numbers[row] = tasks.size();
    return builder;
  }

  private static void readOffsets(MessageUnpacker in, Rows rows, long beforeOffset)
      throws IOException {
    long offset = beforeOffset;
    boolean dense = in.tryUnpackNil();
    if (!dense) {
      expect("offsets", in.unpackArrayHeader(), rows.builders.length);
    }
    for (Task.Builder builder : rows.builders) {
      offset += dense ? 1 : in.unpackLong();
      builder.offset(offset);
    }
  }

  private int[] readMasks(MessageUnpacker in, int count) throws IOException {
    int written = count == 1 ? 1 : in.unpackArrayHeader();
    int[] rowMasks = new int[count];
    for (int row = 0; row < count; row++) {
      if (row < written) {
        int mask = in.unpackInt();
        if (mask < 0) {
          mask = masks.get(-1 - mask);
        } else if (masks.size() < ColumnsGeneration.MAX_NAMES) {
          masks.add(mask);
        }
        rowMasks[row] = mask;
      } else {
        rowMasks[row] = rowMasks[0];
      }
    }
    return rowMasks;
  }

  private void readColumn(
      MessageUnpacker in, Rows rows, int[] rowMasks, TaskColumn column, int bit, long baseMillis)
      throws IOException {
    int due = 0;
    for (int mask : rowMasks) {
      due += (mask & bit) != 0 ? 1 : 0;
    }
    int written = due == 0 || rowMasks.length == 1 ? due : in.unpackArrayHeader();
    if (due > 0 && written != 1 && written != due) {
      throw new IllegalArgumentException(
          "columns frame: " + written + " values of " + column + " (expected: 1 or " + due + ")");
    }
    List<String> seen = new ArrayList<>();
    Object value = null;
    int read = 0;
    for (int row = 0; row < rowMasks.length; row++) {
      if ((rowMasks[row] & bit) != 0) {
        if (read < written) {
          value = readValue(in, column, seen);
          read++;
        }
        set(column, rows, row, value, baseMillis);
      }
      move(column, rows, row, baseMillis);
    }
  }

  private @Nullable Object readValue(MessageUnpacker in, TaskColumn column, List<String> seen)
      throws IOException {
    if (in.tryUnpackNil()) {
      return null;
    }
    boolean number = in.getNextFormat().getValueType() == ValueType.INTEGER;
    return switch (column.form()) {
      case STATE -> number ? TaskStates.BUILT_IN.get(in.unpackInt()) : in.unpackString();
      case NAME -> number ? names.get(in.unpackInt()) : learn(in.unpackString());
      case TEXT -> {
        if (number) {
          yield seen.get(in.unpackInt());
        }
        String text = in.unpackString();
        seen.add(text);
        yield text;
      }
      case JSON -> in.unpackString();
      case RETRIES -> in.unpackInt();
      case ID -> {
        if (in.getNextFormat().getValueType() == ValueType.BOOLEAN) {
          yield in.unpackBoolean();
        }
        yield readId(in);
      }
      case TIME -> in.unpackLong();
      case RUNTIME -> number ? (Double) (in.unpackLong() / 1e6) : readRuntime(in);
      case SUSPECT -> {
        in.unpackArrayHeader();
        yield new Task.Suspect(in.unpackString(), in.unpackLong());
      }
    };
  }

  private static double readRuntime(MessageUnpacker in) throws IOException {
    return in.getNextFormat().getValueType() == ValueType.STRING
        ? Double.parseDouble(in.unpackString())
        : in.unpackDouble();
  }

  private String learn(String name) {
    if (names.size() < ColumnsGeneration.MAX_NAMES) {
      names.add(name);
    }
    return name;
  }

  private static void set(
      TaskColumn column, Rows rows, int row, @Nullable Object value, long baseMillis) {
    Task.Builder to = rows.builders[row];
    switch (column.form()) {
      case TIME -> {
        Long reference = rows.reference[row];
        long millis =
            value == null
                ? Times.UNKNOWN_MILLIS
                : (reference == null ? baseMillis : reference) + (Long) value;
        setMillis(column, to, millis);
      }
      case RETRIES -> to.retries(value == null ? Task.UNKNOWN_RETRIES : (Integer) value);
      case RUNTIME -> to.runtimeSeconds(value == null ? Double.NaN : (Double) value);
      case SUSPECT -> to.suspect((Task.Suspect) value);
      case ID ->
          setText(column, to, Boolean.TRUE.equals(value) ? to.build().uuid() : (String) value);
      default -> setText(column, to, (String) value);
    }
  }

  private static void setText(TaskColumn column, Task.Builder to, @Nullable String text) {
    switch (column) {
      case STATE -> to.state(text == null ? "" : text);
      case NAME -> to.name(text);
      case WORKER -> to.worker(text);
      case QUEUE -> to.queue(text);
      case ARGS -> to.args(text);
      case KWARGS -> to.kwargs(text);
      case ROOT_ID -> to.rootId(text);
      case PARENT_ID -> to.parentId(text);
      case GROUP_ID -> to.groupId(text);
      case RESULT -> to.result(text);
      case EXCEPTION -> to.exception(text);
      case TRACEBACK -> to.traceback(text);
      case PROGRESS -> to.progress(text);
      default -> throw new IllegalStateException(column + " (expected: a column of text)");
    }
  }

  private static void setMillis(TaskColumn column, Task.Builder to, long millis) {
    switch (column) {
      case SENT -> to.sentMillis(millis);
      case RECEIVED -> to.receivedMillis(millis);
      case STARTED -> to.startedMillis(millis);
      case RETRIED -> to.retriedMillis(millis);
      case SUCCEEDED -> to.succeededMillis(millis);
      case FAILED -> to.failedMillis(millis);
      case REVOKED -> to.revokedMillis(millis);
      case REJECTED -> to.rejectedMillis(millis);
      case TIMESTAMP -> to.timestampMillis(millis);
      case ETA -> to.etaMillis(millis);
      case EXPIRES -> to.expiresMillis(millis);
      default -> throw new IllegalStateException(column + " (expected: a column of times)");
    }
  }

  private static void move(TaskColumn column, Rows rows, int row, long baseMillis) {
    if (column.form() != TaskColumn.Form.TIME) {
      return;
    }
    Task task = rows.builders[row].build();
    if (column == TaskColumn.REJECTED) {
      rows.reference[row] = ColumnsWriter.latestMillis(task, baseMillis);
    } else if (Times.isKnown(column.millisOf(task))) {
      rows.reference[row] = column.millisOf(task);
    }
  }

  private static String readId(MessageUnpacker in) throws IOException {
    if (in.getNextFormat().getValueType() == ValueType.BINARY) {
      expect("uuid bytes", in.unpackBinaryHeader(), 16);
      return uuid(in.readPayload(16));
    }
    return in.unpackString();
  }

  private static String uuid(byte[] bytes) {
    StringBuilder text = new StringBuilder(36);
    for (int i = 0; i < 16; i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) {
        text.append('-');
      }
      text.append(Character.forDigit((bytes[i] >> 4) & 0xf, 16));
      text.append(Character.forDigit(bytes[i] & 0xf, 16));
    }
    return text.toString();
  }

  private static List<Other> readOthers(MessageUnpacker in) throws IOException {
    List<Other> others = new ArrayList<>();
    if (!in.hasNext() || in.tryUnpackNil()) {
      return others;
    }
    int count = in.unpackArrayHeader();
    for (int i = 0; i < count; i++) {
      expect("other's elements", in.unpackArrayHeader(), 3);
      others.add(new Other(in.unpackInt(), in.unpackString(), in.unpackValue().toJson()));
    }
    return others;
  }
}
