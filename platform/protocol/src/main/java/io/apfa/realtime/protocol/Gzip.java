package io.apfa.realtime.protocol;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * gzip with a cap on the inflated size, checked while inflating. Our own binary frames are gzipped
 * when that makes them smaller; no msgpack array begins with gzip's first two bytes.
 *
 * <p>Immutable.
 */
public final class Gzip {
  private static final int HEADER_AND_TRAILER_BYTES = 18;

  private Gzip() {}

  /** Whether {@code bytes} begin as gzip does: 1f 8b. */
  public static boolean isGzip(byte[] bytes) {
    return bytes.length > HEADER_AND_TRAILER_BYTES
        && bytes[0] == (byte) 0x1f
        && bytes[1] == (byte) 0x8b;
  }

  /** {@code bytes}, gzipped at {@code level} (1 fast to 9 small). */
  public static byte[] compress(byte[] bytes, int level) {
    return compress(bytes, bytes.length, level);
  }

  private static byte[] compress(byte[] bytes, int length, int level) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(length / 3 + 64);
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(out, 4096) {
          {
            def.setLevel(level);
          }
        }) {
      gzip.write(bytes, 0, length);
    } catch (IOException e) {
      throw new UncheckedIOException("gzip to memory", e);
    }
    return out.toByteArray();
  }

  /** {@code bytes}, gzipped when they are over {@code thresholdBytes} and become smaller by it. */
  public static byte[] compressIfSmaller(byte[] bytes, int thresholdBytes, int level) {
    return compressIfSmaller(bytes, bytes.length, thresholdBytes, level);
  }

  /** As {@link #compressIfSmaller(byte[], int, int)} for the first {@code length} bytes. */
  public static byte[] compressIfSmaller(byte[] bytes, int length, int thresholdBytes, int level) {
    if (length > thresholdBytes) {
      byte[] compressed = compress(bytes, length, level);
      if (compressed.length < length) {
        return compressed;
      }
    }
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  /**
   * The inflated bytes.
   *
   * @throws IllegalArgumentException when they are not gzip, or inflate to more than {@code
   *     maxBytes}
   */
  public static byte[] inflate(byte[] bytes, int maxBytes) {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes), 4096)) {
      byte[] inflated = gzip.readNBytes(maxBytes);
      if (inflated.length == maxBytes && gzip.read() >= 0) {
        throw new IllegalArgumentException(
            "gzip: more than " + maxBytes + " bytes inflated (expected: at most that many)");
      }
      return inflated;
    } catch (IOException e) {
      throw new IllegalArgumentException("gzip: " + Texts.reason(e), e);
    }
  }
}
