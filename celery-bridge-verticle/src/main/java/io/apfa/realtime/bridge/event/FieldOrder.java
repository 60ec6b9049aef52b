package io.apfa.realtime.bridge.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Foretells the next field of an event: a worker writes the fields of a type of event always in the
 * same order and in the same spelling, so what stands between two values is compared as a whole
 * instead of being read. What was not foretold is read, and learned.
 *
 * <p>Bounded: past {@value #MAX_STEPS} steps nothing more is learned. Confined to its decoder.
 */
final class FieldOrder {
  private static final int MAX_STEPS = 512;
  private static final int MAX_SUCCESSORS = 6;
  private static final int MAX_BYTES = 64;

  private final Step start = new Step(new byte[0], PlainField.OTHER);
  private Step at = start;
  private int steps;

  /** From one value to the next: the bytes between them and the field they name. */
  private static final class Step {
    final byte[] bytes;
    final PlainField field;
    final @Nullable Step[] successors = new @Nullable Step[MAX_SUCCESSORS];

    Step(byte[] bytes, PlainField field) {
      this.bytes = bytes;
      this.field = field;
    }
  }

  /** An event begins. */
  void begin() {
    at = start;
  }

  /** The field whose value follows what is at {@code from}; null when that was never met here. */
  @Nullable PlainField next(byte[] json, int from) {
    for (Step step : at.successors) {
      if (step == null) {
        return null;
      }
      if (AsciiScan.isAt(step.bytes, json, from)) {
        at = step;
        return step.field;
      }
    }
    return null;
  }

  /** Length of what {@link #next} found last. */
  int length() {
    return at.bytes.length;
  }

  /** Learns that the bytes between {@code from} and {@code to} lead to {@code field}. */
  void learn(byte[] json, int from, int to, PlainField field) {
    @Nullable Step[] successors = at.successors;
    int free = 0;
    while (free < MAX_SUCCESSORS && successors[free] != null) {
      free++;
    }
    Step learned = new Step(Arrays.copyOfRange(json, from, Math.min(to, from + MAX_BYTES)), field);
    if (free < MAX_SUCCESSORS && steps < MAX_STEPS && to - from <= MAX_BYTES) {
      successors[free] = learned;
      steps++;
    }
    at = learned;
  }
}
