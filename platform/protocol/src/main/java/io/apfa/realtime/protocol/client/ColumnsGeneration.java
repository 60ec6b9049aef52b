package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Task;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the frames of one generation may refer back to: tasks already sent whole, names and masks. A
 * generation belongs to one room of one gateway; a session that did not get every frame of it from
 * its first gets self-contained frames until the next one starts.
 *
 * <p>Confined to its owner's context.
 */
public final class ColumnsGeneration {
  /** Tasks a generation remembers at most; with more it should end. */
  public static final int MAX_TASKS = 20_000;

  static final int MAX_NAMES = 4096;

  private final long number;
  private final Map<String, Sent> tasks = new HashMap<>();
  private final Map<TaskColumn, Map<String, Integer>> names = new EnumMap<>(TaskColumn.class);
  private final Map<Integer, Integer> masks = new HashMap<>();
  private long frames;
  private int lastTask;
  private int lastName;

  /** A task as this generation's clients know it. */
  static final class Sent {
    final int number;
    Task task;

    Sent(int number, Task task) {
      this.number = number;
      this.task = task;
    }
  }

  /** Generation {@code number}, from 1, larger than the room's one before. */
  public ColumnsGeneration(long number) {
    this.number = number;
  }

  /** Its number; 0 is no generation: a self-contained frame. */
  public long number() {
    return number;
  }

  /** Frames written so far. */
  public long frames() {
    return frames;
  }

  /** Whether it should end because it remembers enough. */
  public boolean isFull() {
    return tasks.size() >= MAX_TASKS;
  }

  long nextFrame() {
    return ++frames;
  }

  @Nullable Sent sent(String uuid) {
    return tasks.get(uuid);
  }

  /** Notes a task written whole; nothing refers back to what a self-contained frame says. */
  void remember(Task task) {
    if (number != 0) {
      tasks.put(task.uuid(), new Sent(++lastTask, task));
    }
  }

  /**
   * The number of {@code name} in {@code column}, or -1 the first time, when the client learns it
   * with the text. All columns share one sequence of numbers.
   */
  int numberOf(TaskColumn column, String name) {
    Map<String, Integer> ofColumn = names.computeIfAbsent(column, c -> new HashMap<>());
    Integer known = ofColumn.get(name);
    if (known != null) {
      return known;
    }
    if (lastName < MAX_NAMES) {
      ofColumn.put(name, lastName++);
    }
    return -1;
  }

  /** The number of {@code mask}, or -1 the first time, as with names. */
  int numberOfMask(int mask) {
    Integer known = masks.get(mask);
    if (known != null) {
      return known;
    }
    if (masks.size() < MAX_NAMES) {
      masks.put(mask, masks.size());
    }
    return -1;
  }
}
