package io.apfa.realtime.protocol.bus;

import io.apfa.realtime.protocol.Batch;
import io.apfa.realtime.protocol.Gzip;
import io.vertx.core.buffer.Buffer;

/**
 * The form of a batch in the room log and, unchanged, on the bus to the gateways: self-contained
 * (no deltas), a format byte, then {@link BusCodec}'s record, gzipped when that is smaller.
 *
 * <p>Immutable.
 */
public final class LogCodec {
  /** Most bytes a logged batch may inflate to. */
  public static final int MAX_INFLATED_BYTES = 64 * 1024 * 1024;

  private static final byte PLAIN = 1;
  private static final byte GZIPPED = 2;
  private static final int THRESHOLD_BYTES = 512;

  private LogCodec() {}

  /** The bytes of {@code batch}, gzipped when that is smaller. */
  public static Buffer encode(Batch batch) {
    byte[] plain = BusCodec.encodeRecord(batch).getBytes();
    byte[] smaller = Gzip.compressIfSmaller(plain, THRESHOLD_BYTES, 1);
    return Buffer.buffer(smaller.length + 1)
        .appendByte(smaller == plain ? PLAIN : GZIPPED)
        .appendBytes(smaller);
  }

  /**
   * The bytes of {@code batch}, not gzipped: for a burst, where gzip would cost most of what its
   * whole way costs.
   */
  public static Buffer encodePlain(Batch batch) {
    return BusCodec.encodeRecord(PLAIN, batch);
  }

  /**
   * Reads {@link #encode}'s bytes.
   *
   * @throws IllegalArgumentException for any other bytes, saying what was found and expected
   */
  public static Batch decode(Buffer bytes) {
    byte format = bytes.length() == 0 ? 0 : bytes.getByte(0);
    if (format != PLAIN && format != GZIPPED) {
      throw new IllegalArgumentException("log form: format " + format + " (expected: 1 or 2)");
    }
    byte[] rest = bytes.getBytes(1, bytes.length());
    byte[] plain = format == GZIPPED ? Gzip.inflate(rest, MAX_INFLATED_BYTES) : rest;
    return BusCodec.decodeRecord(Batch.class, Buffer.buffer(plain));
  }
}
