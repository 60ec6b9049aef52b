package io.apfa.realtime.bridge.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Looks at eight bytes at a time. A byte of interest is found by arithmetic on the whole word: the
 * lowest bit set in an answer is exact, those above it may be wrong.
 */
final class AsciiScan {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int WORD = Long.BYTES;
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  private AsciiScan() {}

  /**
   * Where the plain part of a JSON text ends: at its closing quote, an escape, a control character
   * or a byte that is not ASCII.
   *
   * @return the length of {@code bytes} when it does not end
   */
  static int plainEnd(byte[] bytes, int from) {
    int i = from;
    for (int last = bytes.length - WORD; i <= last; i += WORD) {
      long word = (long) WORDS.get(bytes, i);
      long quotes = word ^ QUOTES;
      long backslashes = word ^ BACKSLASHES;
      long stops =
          (((quotes - ONES) & ~quotes)
                  | ((backslashes - ONES) & ~backslashes)
                  | (word - SPACES)
                  | word)
              & HIGHS;
      if (stops != 0) {
        return i + (Long.numberOfTrailingZeros(stops) >>> 3);
      }
    }
    while (i < bytes.length && bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\') {
      i++;
    }
    return i;
  }

  /** The first eight of those bytes, the first lowest; zeros above when there are fewer. */
  static long head(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length >= WORD) {
      return (long) WORDS.get(bytes, from);
    }
    if (from + WORD <= bytes.length) {
      return length == 0 ? 0 : (long) WORDS.get(bytes, from) & (-1L >>> (64 - 8 * length));
    }
    long word = 0;
    for (int i = to - 1; i >= from; i--) {
      word = word << 8 | (bytes[i] & 0xff);
    }
    return word;
  }

  /** Whether all of {@code text} is at {@code from}. */
  static boolean isAt(byte[] text, byte[] bytes, int from) {
    int length = text.length;
    if (bytes.length - from < length) {
      return false;
    }
    if (length < WORD) {
      return head(text, 0, length) == head(bytes, from, from + length);
    }
    int last = length - WORD;
    for (int i = 0; i < last; i += WORD) {
      if ((long) WORDS.get(text, i) != (long) WORDS.get(bytes, from + i)) {
        return false;
      }
    }
    return (long) WORDS.get(text, last) == (long) WORDS.get(bytes, from + last);
  }

  /** A hash of those bytes by their number, the first and the last eight. */
  static int hash(byte[] bytes, int from, int to) {
    long first = head(bytes, from, to);
    long last = head(bytes, Math.max(from, to - WORD), to);
    long mixed = (first * 0x9E37_79B9_7F4A_7C15L + last) * 0xC2B2_AE3D_27D4_EB4FL + (to - from);
    return (int) (mixed >>> 40) ^ (int) mixed;
  }
}
