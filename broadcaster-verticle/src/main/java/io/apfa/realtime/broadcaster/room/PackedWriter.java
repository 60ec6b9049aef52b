package io.apfa.realtime.broadcaster.room;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes small numbers in few bytes (seven bits a byte, lowest first, the sign in the lowest bit)
 * and texts with their length.
 *
 * <p>Confined to its caller's thread.
 */
final class PackedWriter {
  private byte[] bytes = new byte[512];
  private int length;

  /** Begins anew. */
  void clear() {
    length = 0;
  }

  void writeByte(byte value) {
    reserve(1);
    bytes[length++] = value;
  }

  void writeLong(long value) {
    reserve(10);
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** One byte for NaN. */
  void writeDouble(double value) {
    if (Double.isNaN(value)) {
      writeByte((byte) 0);
      return;
    }
    writeByte((byte) 1);
    reserve(8);
    long bits = Double.doubleToLongBits(value);
    for (int shift = 0; shift < 64; shift += 8) {
      bytes[length++] = (byte) (bits >>> shift);
    }
  }

  void writeText(@Nullable String text) {
    if (text == null) {
      writeLong(-1);
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeLong(utf8.length);
    reserve(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
  }

  Buffer toBuffer() {
    return Buffer.buffer(Arrays.copyOf(bytes, length));
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
