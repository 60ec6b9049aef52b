package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;

/**
 * The limits that shape frames.
 *
 * <p>Immutable.
 *
 * @param batchSize updates in one frame, at most
 * @param thresholdBytes larger binary frames are gzipped
 */
record Shape(int batchSize, int thresholdBytes) {
  static Shape of(Limits limits) {
    return new Shape(
        limits.getInt(LimitKey.BATCH_SIZE),
        limits.getInt(LimitKey.BATCH_COMPRESSION_THRESHOLD_BYTES));
  }
}
