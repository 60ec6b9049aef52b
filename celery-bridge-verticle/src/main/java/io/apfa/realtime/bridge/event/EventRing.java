package io.apfa.realtime.bridge.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The messages heard and not yet known to be in the owner's log, oldest first, each with a number.
 * A standby bridge keeps the last seconds in it; the leading one keeps what is not acknowledged.
 *
 * <p>Bounds: bytes and age, by {@link #evict}; the array grows as needed and shrinks when empty.
 * Confined to its verticle's context.
 */
public final class EventRing {
  private static final int INITIAL_CAPACITY = 64;

  private final long maxBytes;
  private final long maxAgeMillis;
  private @Nullable HeardMessage[] slots = new HeardMessage[INITIAL_CAPACITY];
  private long first;
  private long next;
  private long bytes;

  /**
   * An empty ring.
   *
   * @param maxBytes what {@link #evict} brings it down to
   * @param maxAgeMillis how old a message may be for {@link #evict}
   */
  public EventRing(long maxBytes, long maxAgeMillis) {
    this.maxBytes = maxBytes;
    this.maxAgeMillis = maxAgeMillis;
  }

  /** Adds the newest message and returns its number, one above the last. */
  public long add(HeardMessage message) {
    if (next - first == slots.length) {
      grow();
    }
    slots[index(next)] = message;
    bytes += message.keptBytes();
    return next++;
  }

  /** The message with {@code number}. */
  public HeardMessage get(long number) {
    HeardMessage message = number < first || number >= next ? null : slots[index(number)];
    if (message == null) {
      throw new IllegalArgumentException(
          "message " + number + " (expected: " + first + " to " + (next - 1) + ")");
    }
    return message;
  }

  /** Number of the oldest message. */
  public long first() {
    return first;
  }

  /** Number the next message will have. */
  public long next() {
    return next;
  }

  public boolean isEmpty() {
    return first == next;
  }

  /** Whether it holds more than its bound. */
  public boolean isOverBytes() {
    return bytes > maxBytes;
  }

  /** Whether it holds more than twice its bound. */
  public boolean isFarOverBytes() {
    return bytes > 2 * maxBytes;
  }

  public long bytes() {
    return bytes;
  }

  /** Forgets every message before {@code number}. */
  public void removeBefore(long number) {
    long end = Math.min(number, next);
    while (first < end) {
      HeardMessage gone = slots[index(first)];
      slots[index(first)] = null;
      first++;
      if (gone != null) {
        bytes -= gone.keptBytes();
      }
    }
    if (first == next && slots.length > INITIAL_CAPACITY) {
      slots = new HeardMessage[INITIAL_CAPACITY];
    }
  }

  /** Forgets every message from {@code number} on. */
  public void removeFrom(long number) {
    while (next > Math.max(number, first)) {
      next--;
      HeardMessage gone = slots[index(next)];
      slots[index(next)] = null;
      if (gone != null) {
        bytes -= gone.keptBytes();
      }
    }
  }

  /**
   * Forgets what is too old, and then the oldest while it is over its bytes; the newest message
   * always stays, so that after a silence the place to go on is still known.
   */
  public void evict(long nowMillis) {
    long oldest = nowMillis - maxAgeMillis;
    while (first < next - 1 && (bytes > maxBytes || get(first).receivedMillis() < oldest)) {
      removeBefore(first + 1);
    }
  }

  /**
   * The number after the newest message named {@code hash}; -1 when none here has that name.
   *
   * <p>From the newest back: bodies may repeat (an empty list does), and then only the newest can
   * be the last one covered without events being forwarded twice.
   */
  public long numberAfter(String hash) {
    for (long number = next - 1; number >= first; number--) {
      HeardMessage message = get(number);
      if (message.form() != HeardMessage.Form.BREAK
          && MessageHash.of(message.bytes()).equals(hash)) {
        return number + 1;
      }
    }
    return -1;
  }

  private int index(long number) {
    return (int) (number & (slots.length - 1));
  }

  private void grow() {
    @Nullable HeardMessage[] old = slots;
    @Nullable HeardMessage[] larger = Arrays.copyOf(old, old.length * 2);
    Arrays.fill(larger, null);
    for (long number = first; number < next; number++) {
      larger[(int) (number & (larger.length - 1))] = old[(int) (number & (old.length - 1))];
    }
    slots = larger;
  }
}
