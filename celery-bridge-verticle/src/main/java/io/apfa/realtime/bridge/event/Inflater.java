package io.apfa.realtime.bridge.event;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/**
 * Kombu's compressions. {@code application/x-gzip} is raw zlib (RFC 1950), whatever its name says;
 * the size is bounded while inflating, so a bomb costs no more than the bound. Immutable.
 */
final class Inflater {
  private Inflater() {}

  static byte[] inflate(String compression, byte[] bytes, int maxBytes) throws MalformedException {
    try (InputStream in = open(compression, bytes)) {
      byte[] inflated = in.readNBytes(maxBytes + 1);
      if (inflated.length > maxBytes) {
        throw new MalformedException(
            Malformed.TOO_LARGE, "inflated past " + maxBytes + " bytes (expected: at most)");
      }
      return inflated;
    } catch (IOException | RuntimeException e) {
      // commons-compress throws unchecked exceptions for some corrupt input
      throw new MalformedException(Malformed.COMPRESSION, "not " + known(compression) + " bytes");
    }
  }

  private static InputStream open(String compression, byte[] bytes)
      throws IOException, MalformedException {
    InputStream in = new ByteArrayInputStream(bytes);
    return switch (compression) {
      case "application/x-gzip", "gzip", "zlib" -> new InflaterInputStream(in);
      case "application/x-bz2", "bzip2", "bzip" -> new BZip2CompressorInputStream(in);
      default ->
          throw new MalformedException(
              Malformed.COMPRESSION, "unknown compression (expected: zlib or bzip2)");
    };
  }

  private static String known(String compression) {
    return compression.contains("bz") ? "bzip2" : "zlib";
  }
}
