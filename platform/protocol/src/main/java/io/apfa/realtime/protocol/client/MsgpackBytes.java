package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Gzip;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing array of msgpack bytes. A column is written into one of its own, because its length is
 * known only at its end; msgpack-core's packer cannot be appended to another without a copy and an
 * object per column.
 *
 * <p>Confined to its caller's thread.
 */
final class MsgpackBytes {
  private byte[] bytes;
  private int length;

  MsgpackBytes(int capacity) {
    bytes = new byte[capacity];
  }

  int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  /** Whether the bytes from {@code start} on are the first {@code size} once more. */
  boolean repeats(int size, int start) {
    return length - start == size && Arrays.equals(bytes, 0, size, bytes, start, length);
  }

  /** The bytes, gzipped when they are over {@code thresholdBytes} and become smaller by it. */
  byte[] toFrame(int thresholdBytes, int gzipLevel) {
    return Gzip.compressIfSmaller(bytes, length, thresholdBytes, gzipLevel);
  }

  void nil() {
    put(0xc0);
  }

  void flag(boolean value) {
    put(value ? 0xc3 : 0xc2);
  }

  void integer(long value) {
    if (value >= -32 && value <= 127) {
      put((int) value);
    } else if (value >= 0) {
      unsigned(value);
    } else if (value >= -128) {
      put(0xd0);
      put((int) value);
    } else if (value >= Short.MIN_VALUE) {
      put(0xd1);
      put2((int) value);
    } else if (value >= Integer.MIN_VALUE) {
      put(0xd2);
      put4((int) value);
    } else {
      put(0xd3);
      put8(value);
    }
  }

  private void unsigned(long value) {
    if (value <= 0xff) {
      put(0xcc);
      put((int) value);
    } else if (value <= 0xffff) {
      put(0xcd);
      put2((int) value);
    } else if (value <= 0xffff_ffffL) {
      put(0xce);
      put4((int) value);
    } else {
      put(0xcf);
      put8(value);
    }
  }

  void real(double value) {
    put(0xcb);
    put8(Double.doubleToRawLongBits(value));
  }

  void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    textHeader(utf8.length);
    raw(utf8, utf8.length);
  }

  private void textHeader(int size) {
    if (size < 32) {
      put(0xa0 | size);
    } else if (size <= 0xff) {
      put(0xd9);
      put(size);
    } else if (size <= 0xffff) {
      put(0xda);
      put2(size);
    } else {
      put(0xdb);
      put4(size);
    }
  }

  void binaryHeader(int size) {
    if (size <= 0xff) {
      put(0xc4);
      put(size);
    } else if (size <= 0xffff) {
      put(0xc5);
      put2(size);
    } else {
      put(0xc6);
      put4(size);
    }
  }

  void arrayHeader(int size) {
    if (size < 16) {
      put(0x90 | size);
    } else if (size <= 0xffff) {
      put(0xdc);
      put2(size);
    } else {
      put(0xdd);
      put4(size);
    }
  }

  void raw(byte[] source, int size) {
    ensure(size);
    System.arraycopy(source, 0, bytes, length, size);
    length += size;
  }

  void append(MsgpackBytes other) {
    append(other, other.length);
  }

  /** Appends the first {@code size} bytes of {@code other}. */
  void append(MsgpackBytes other, int size) {
    raw(other.bytes, size);
  }

  /** Appends the 16 bytes of a uuid. */
  void uuid(long high, long low) {
    put8(high);
    put8(low);
  }

  private void put(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
  }

  private void put2(int value) {
    ensure(2);
    bytes[length++] = (byte) (value >> 8);
    bytes[length++] = (byte) value;
  }

  private void put4(int value) {
    put2(value >> 16);
    put2(value);
  }

  private void put8(long value) {
    put4((int) (value >> 32));
    put4((int) value);
  }

  private void ensure(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
