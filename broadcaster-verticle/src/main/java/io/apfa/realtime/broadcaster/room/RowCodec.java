package io.apfa.realtime.broadcaster.room;

import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskStates;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.Times;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The form of a task with its history in the state store, without its uuid, which is the entry's
 * key. Small and quick to read: a new owner reads the whole table before it serves.
 *
 * <p>A version byte, then the fields in a fixed order: times as differences from the task's own,
 * built-in states and event types as numbers, the root and the worker by reference when they are
 * the task's. Fields are only ever added at the end; what a reader misses there is unknown.
 *
 * <p>Immutable.
 */
final class RowCodec {
  private static final byte VERSION = 1;
  private static final List<String> TYPES =
      List.of(
          "task-sent",
          "task-received",
          "task-started",
          "task-succeeded",
          "task-failed",
          "task-retried",
          "task-revoked",
          "task-rejected",
          "task-progress");

  private static final Map<String, Integer> TYPE_NUMBERS = numbers(TYPES);
  private static final Map<String, Integer> STATE_NUMBERS = numbers(TaskStates.BUILT_IN);

  private RowCodec() {}

  private static Map<String, Integer> numbers(List<String> words) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < words.size(); i++) {
      numbers.put(words.get(i), i);
    }
    return numbers;
  }

  /** A task with its history. */
  record StoredTask(Task task, List<TimelineEntry> timeline) {}

  /** The bytes of {@code task}, written with {@code out}, which is cleared first. */
  static Buffer encode(Task task, List<TimelineEntry> timeline, PackedWriter out) {
    out.clear();
    out.writeByte(VERSION);
    long base = Math.max(0, task.timestampMillis());
    out.writeLong(task.timestampMillis());
    writeKnown(out, STATE_NUMBERS, task.state());
    out.writeText(task.name());
    out.writeText(task.worker());
    out.writeText(task.queue());
    out.writeText(task.args());
    out.writeText(task.kwargs());
    out.writeLong(task.retries());
    writeTime(out, task.etaMillis(), base);
    writeTime(out, task.expiresMillis(), base);
    out.writeText(task.uuid().equals(task.rootId()) ? "" : task.rootId());
    out.writeText(task.parentId());
    out.writeText(task.groupId());
    writeTime(out, task.sentMillis(), base);
    writeTime(out, task.receivedMillis(), base);
    writeTime(out, task.startedMillis(), base);
    writeTime(out, task.succeededMillis(), base);
    writeTime(out, task.failedMillis(), base);
    writeTime(out, task.retriedMillis(), base);
    writeTime(out, task.revokedMillis(), base);
    writeTime(out, task.rejectedMillis(), base);
    out.writeDouble(task.runtimeSeconds());
    out.writeText(task.result());
    out.writeText(task.exception());
    out.writeText(task.traceback());
    out.writeText(task.progress());
    Task.Suspect suspect = task.suspect();
    out.writeText(suspect == null ? null : suspect.reason());
    if (suspect != null) {
      out.writeLong(suspect.sinceMillis());
    }
    out.writeLong(task.offset());
    out.writeLong(timeline.size());
    for (TimelineEntry entry : timeline) {
      writeKnown(out, TYPE_NUMBERS, entry.type());
      out.writeLong(entry.timestampMillis() - base);
      out.writeText(entry.hostname().equals(task.worker()) ? null : entry.hostname());
    }
    return out.toBuffer();
  }

  /**
   * Reads {@link #encode}'s bytes.
   *
   * @throws IllegalArgumentException for any other bytes, saying what was found and expected
   */
  static StoredTask decode(String uuid, Buffer bytes, Dictionary dictionary) {
    PackedReader in = new PackedReader(bytes.getBytes());
    byte version = in.readByte();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "entry of task " + uuid + ": version " + version + " (expected: " + VERSION + ")");
    }
    long timestamp = in.readLong();
    long base = Math.max(0, timestamp);
    Task.Builder task = Task.builder(uuid).timestampMillis(timestamp);
    task.state(readKnown(in, TaskStates.BUILT_IN, dictionary));
    task.name(dictionary.shared(in.readText()));
    String worker = dictionary.shared(in.readText());
    task.worker(worker);
    task.queue(dictionary.shared(in.readText()));
    task.args(dictionary.sharedIfShort(in.readText()));
    task.kwargs(dictionary.sharedIfShort(in.readText()));
    task.retries((int) in.readLong());
    task.etaMillis(readTime(in, base));
    task.expiresMillis(readTime(in, base));
    String root = in.readText();
    task.rootId(root != null && root.isEmpty() ? uuid : root);
    task.parentId(in.readText());
    task.groupId(in.readText());
    task.sentMillis(readTime(in, base));
    task.receivedMillis(readTime(in, base));
    task.startedMillis(readTime(in, base));
    task.succeededMillis(readTime(in, base));
    task.failedMillis(readTime(in, base));
    task.retriedMillis(readTime(in, base));
    task.revokedMillis(readTime(in, base));
    task.rejectedMillis(readTime(in, base));
    task.runtimeSeconds(in.readDouble());
    task.result(dictionary.sharedIfShort(in.readText()));
    task.exception(in.readText());
    task.traceback(in.readText());
    task.progress(in.readText());
    String reason = in.readText();
    if (reason != null) {
      task.suspect(new Task.Suspect(reason, in.readLong()));
    }
    task.offset(in.readLong());
    return new StoredTask(task.build(), readTimeline(in, base, worker, dictionary));
  }

  private static List<TimelineEntry> readTimeline(
      PackedReader in, long base, @Nullable String worker, Dictionary dictionary) {
    long count = in.readLong();
    if (count < 0 || count > Row.MAX_TIMELINE) {
      throw new IllegalArgumentException(
          "entry of a task: " + count + " events (expected: 0 to " + Row.MAX_TIMELINE + ")");
    }
    List<TimelineEntry> timeline = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) {
      String type = readKnown(in, TYPES, dictionary);
      long millis = in.readLong() + base;
      String host = in.readText();
      String hostname = host == null ? String.valueOf(worker) : dictionary.sharedText(host);
      timeline.add(new TimelineEntry(type, millis, hostname));
    }
    return timeline;
  }

  private static void writeTime(PackedWriter out, long millis, long base) {
    long difference = millis - base;
    out.writeLong(Times.isKnown(millis) ? difference >= 0 ? difference + 1 : difference : 0);
  }

  private static long readTime(PackedReader in, long base) {
    long written = in.readLong();
    return written == 0 ? Times.UNKNOWN_MILLIS : base + (written > 0 ? written - 1 : written);
  }

  private static void writeKnown(PackedWriter out, Map<String, Integer> known, String text) {
    Integer number = known.get(text);
    out.writeByte(number == null ? -1 : number.byteValue());
    if (number == null) {
      out.writeText(text);
    }
  }

  private static String readKnown(PackedReader in, List<String> known, Dictionary dictionary) {
    int number = in.readByte();
    if (number >= known.size()) {
      throw new IllegalArgumentException(
          "entry of a task: word " + number + " (expected: below " + known.size() + ")");
    }
    if (number >= 0) {
      return known.get(number);
    }
    String text = in.readText();
    return text == null ? "" : dictionary.sharedText(text);
  }
}
