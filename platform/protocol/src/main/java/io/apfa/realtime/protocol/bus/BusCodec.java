package io.apfa.realtime.protocol.bus;

import io.apfa.realtime.protocol.Texts;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * The binary form of bus messages and of the records they carry: a version byte, then {@link
 * RecordCodec}'s msgpack. A reader refuses a version above its own.
 *
 * <p>Immutable.
 */
public final class BusCodec {
  /** Version of the form. It changes only when a reader of the version before cannot read it. */
  public static final byte VERSION = 1;

  private BusCodec() {}

  /** The bytes of {@code message}. */
  public static Buffer encode(BusMessage message) {
    return pack(packer -> RecordCodec.writeMember(BusMessage.class, message, packer));
  }

  /**
   * Reads {@link #encode}'s bytes.
   *
   * @throws IllegalArgumentException for any other bytes, saying what was found and expected
   */
  public static BusMessage decode(Buffer bytes) {
    return (BusMessage) unpack(bytes, in -> RecordCodec.readMember(BusMessage.class, in));
  }

  /** The bytes of {@code record}, any record that bus messages may carry. */
  public static Buffer encodeRecord(Record record) {
    return pack(packer -> RecordCodec.of(record.getClass()).write(record, packer));
  }

  /**
   * Reads {@link #encodeRecord}'s bytes.
   *
   * @throws IllegalArgumentException for any other bytes, saying what was found and expected
   */
  public static <T extends Record> T decodeRecord(Class<T> type, Buffer bytes) {
    return type.cast(unpack(bytes, in -> RecordCodec.of(type).read(in)));
  }

  /** As {@link #encodeRecord(Record)}, after a byte of the caller's. */
  static Buffer encodeRecord(byte first, Record record) {
    return pack(
        new byte[] {first, VERSION},
        packer -> RecordCodec.of(record.getClass()).write(record, packer));
  }

  private interface Write {
    void to(MessageBufferPacker packer) throws IOException;
  }

  private interface Read {
    Object from(MessageUnpacker in) throws IOException;
  }

  private static Buffer pack(Write write) {
    return pack(new byte[] {VERSION}, write);
  }

  private static Buffer pack(byte[] head, Write write) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      packer.writePayload(head);
      write.to(packer);
      return Buffer.buffer(packer.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("packing to memory", e);
    }
  }

  private static Object unpack(Buffer bytes, Read read) {
    if (bytes.length() < 2 || bytes.getByte(0) < 1 || bytes.getByte(0) > VERSION) {
      throw new IllegalArgumentException(
          "bus form: "
              + (bytes.length() == 0 ? "no bytes" : "version " + bytes.getByte(0))
              + " (expected: version 1 to "
              + VERSION
              + ")");
    }
    byte[] array = bytes.getBytes();
    try (MessageUnpacker in = MessagePack.newDefaultUnpacker(array, 1, array.length - 1)) {
      return read.from(in);
    } catch (IOException | MessagePackException | ClassCastException e) {
      throw new IllegalArgumentException("bus form: " + Texts.reason(e), e);
    }
  }
}
