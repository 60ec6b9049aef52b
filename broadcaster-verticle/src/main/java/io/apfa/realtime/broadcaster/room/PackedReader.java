package io.apfa.realtime.broadcaster.room;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link PackedWriter} wrote. Past the end everything is 0, NaN or null: a newer writer
 * knows more fields.
 *
 * <p>Confined to its caller's thread.
 */
final class PackedReader {
  private final byte[] bytes;
  private int position;

  PackedReader(byte[] bytes) {
    this.bytes = bytes;
  }

  byte readByte() {
    return position < bytes.length ? bytes[position++] : 0;
  }

  long readLong() {
    long rest = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      byte next = readByte();
      rest |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return (rest >>> 1) ^ -(rest & 1);
      }
    }
    throw new IllegalArgumentException(
        "packed number at byte " + position + ": over 10 bytes (expected: at most 10)");
  }

  double readDouble() {
    if (readByte() == 0) {
      return Double.NaN;
    }
    long bits = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      bits |= (readByte() & 0xffL) << shift;
    }
    return Double.longBitsToDouble(bits);
  }

  @Nullable String readText() {
    if (position >= bytes.length) {
      return null;
    }
    long length = readLong();
    if (length < 0) {
      return null;
    }
    if (length > bytes.length - position) {
      throw new IllegalArgumentException(
          "packed text at byte "
              + position
              + ": "
              + length
              + " bytes (expected: at most "
              + (bytes.length - position)
              + ")");
    }
    String text = new String(bytes, position, (int) length, StandardCharsets.UTF_8);
    position += (int) length;
    return text;
  }
}
