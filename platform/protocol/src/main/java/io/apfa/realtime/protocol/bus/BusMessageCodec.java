package io.apfa.realtime.protocol.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Carries every {@link BusMessage} over the event bus: as it is inside one node, as {@link
 * BusCodec} bytes between nodes.
 *
 * <p>Immutable.
 */
public final class BusMessageCodec implements MessageCodec<BusMessage, BusMessage> {
  /** The name to register and to select it by. */
  public static final String NAME = "apfa";

  @Override
  public void encodeToWire(Buffer buffer, BusMessage message) {
    Buffer bytes = BusCodec.encode(message);
    buffer.appendInt(bytes.length()).appendBuffer(bytes);
  }

  @Override
  public BusMessage decodeFromWire(int position, Buffer buffer) {
    int length = buffer.getInt(position);
    return BusCodec.decode(buffer.getBuffer(position + 4, position + 4 + length));
  }

  @Override
  public BusMessage transform(BusMessage message) {
    return message;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
