package io.apfa.realtime.bridge.event;

import org.jspecify.annotations.Nullable;

/**
 * One message as it came from the broker, not decoded yet, or the mark of a break: a time in which
 * this bridge heard nothing.
 *
 * <p>Immutable: nobody writes to {@link #bytes()}.
 */
public final class HeardMessage {
  /** What {@link #bytes()} hold. */
  public enum Form {
    /** A kombu envelope, as Redis carries it. */
    ENVELOPE,
    /** A body; content type and compression are beside it, as AMQP carries them. */
    BODY,
    /** Nothing: messages between two times were not heard. */
    BREAK
  }

  /** What an object costs besides its bytes, about. */
  private static final int OVERHEAD_BYTES = 64;

  private final Form form;
  private final byte[] bytes;
  private final @Nullable String contentType;
  private final @Nullable String compression;
  private final long sinceMillis;
  private final long receivedMillis;
  private final long deliveryTag;
  private final boolean redelivered;

  private HeardMessage(
      Form form,
      byte[] bytes,
      @Nullable String contentType,
      @Nullable String compression,
      long sinceMillis,
      long receivedMillis,
      long deliveryTag,
      boolean redelivered) {
    this.form = form;
    this.bytes = bytes;
    this.contentType = contentType;
    this.compression = compression;
    this.sinceMillis = sinceMillis;
    this.receivedMillis = receivedMillis;
    this.deliveryTag = deliveryTag;
    this.redelivered = redelivered;
  }

  /** A kombu envelope; the caller gives {@code bytes} away. */
  public static HeardMessage envelope(byte[] bytes, long receivedMillis) {
    return new HeardMessage(
        Form.ENVELOPE, bytes, null, null, receivedMillis, receivedMillis, 0, false);
  }

  /**
   * A bare body; the caller gives {@code bytes} away.
   *
   * @param deliveryTag what the broker wants acknowledged when this message is done; 0 = nothing
   * @param redelivered whether the broker has delivered it before
   */
  public static HeardMessage body(
      byte[] bytes,
      @Nullable String contentType,
      @Nullable String compression,
      long receivedMillis,
      long deliveryTag,
      boolean redelivered) {
    return new HeardMessage(
        Form.BODY,
        bytes,
        contentType,
        compression,
        receivedMillis,
        receivedMillis,
        deliveryTag,
        redelivered);
  }

  /** Nothing was heard from {@code sinceMillis} to {@code untilMillis}. */
  public static HeardMessage silence(long sinceMillis, long untilMillis) {
    return new HeardMessage(
        Form.BREAK, new byte[0], null, null, sinceMillis, untilMillis, 0, false);
  }

  public Form form() {
    return form;
  }

  /** The bytes; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  public @Nullable String contentType() {
    return contentType;
  }

  public @Nullable String compression() {
    return compression;
  }

  /** When a break began, on the bridge's wall clock. */
  public long sinceMillis() {
    return sinceMillis;
  }

  /** When it came (a break: ended), on the bridge's wall clock. */
  public long receivedMillis() {
    return receivedMillis;
  }

  /** What to acknowledge at the broker when it is done; 0 = nothing. */
  public long deliveryTag() {
    return deliveryTag;
  }

  /** Whether the broker delivered it before, and it was not acknowledged. */
  public boolean isRedelivered() {
    return redelivered;
  }

  /** What keeping it costs, about. */
  public long keptBytes() {
    return bytes.length + (long) OVERHEAD_BYTES;
  }
}
