package io.apfa.realtime.bridge.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Knows again what comes after the body in an envelope: kombu writes the body first, and a worker's
 * envelopes are then alike to the byte, but for the {@code delivery_tag} at their end
 * (celery-wire.md section 1). An envelope whose tail is known need not be parsed; any other is, and
 * its tail is then known.
 *
 * <p>Bounded: the tail used longest ago leaves. Confined to its decoder.
 */
final class EnvelopeTails {
  private static final int MAX_TAILS = 32;
  private static final int MAX_TAIL_BYTES = 1024;
  private static final byte[] HEAD = "{\"body\": \"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TAG = "\"delivery_tag\": \"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\"}}".getBytes(StandardCharsets.US_ASCII);

  private final @Nullable Tail[] tails = new @Nullable Tail[MAX_TAILS];
  private int count;

  /** Bytes from the body's closing quote on; those of the tag do not matter. Immutable. */
  private static final class Tail {
    final byte[] bytes;
    final int tagFrom;
    final @Nullable String contentType;
    final @Nullable String compression;

    Tail(byte[] bytes, int tagFrom, Envelope envelope) {
      this.bytes = bytes;
      this.tagFrom = tagFrom;
      this.contentType = envelope.contentType();
      this.compression = envelope.compression();
    }

    /** Whether {@code message} has this tail from {@code at} on. */
    boolean isAt(int at, byte[] message) {
      int tagAt = at + tagFrom;
      int tagEnd = message.length - END.length;
      if (!Arrays.equals(message, at, tagAt, bytes, 0, tagFrom)
          || !Arrays.equals(message, tagEnd, message.length, END, 0, END.length)) {
        return false;
      }
      for (int i = tagAt; i < tagEnd; i++) {
        if (!isTagByte(message[i])) {
          return false;
        }
      }
      return true;
    }
  }

  /** The envelope that {@code message} is, when its tail is known and its body is base64. */
  @Nullable Envelope read(byte[] message) {
    for (int i = 0; i < count; i++) {
      Tail tail = tails[i];
      int at = tail == null ? 0 : message.length - tail.bytes.length;
      if (tail != null && at >= HEAD.length && tail.isAt(at, message)) {
        System.arraycopy(tails, 0, tails, 1, i);
        tails[0] = tail;
        return beginsAsOurs(message) ? envelope(message, at, tail) : null;
      }
    }
    return null;
  }

  private static @Nullable Envelope envelope(byte[] message, int bodyTo, Tail tail) {
    try {
      ByteBuffer body =
          Base64.getDecoder().decode(ByteBuffer.wrap(message, HEAD.length, bodyTo - HEAD.length));
      return new Envelope(whole(body), tail.contentType, tail.compression);
    } catch (IllegalArgumentException e) {
      // not plain base64, or not even one text: the parser is to say
      return null;
    }
  }

  /** The bytes of a buffer that the decoder made: its array, unless that is longer. */
  @SuppressWarnings("ByteBufferBackingArray") // the JDK's decoder wraps an array of its own
  private static byte[] whole(ByteBuffer body) {
    byte[] array = body.array();
    return array.length == body.remaining() ? array : Arrays.copyOf(array, body.remaining());
  }

  /** Remembers the tail of {@code message}, which was parsed to {@code envelope}. */
  void learn(byte[] message, Envelope envelope) {
    int from = envelope.base64End();
    int end = message.length - END.length;
    if (from < HEAD.length || message.length - from > MAX_TAIL_BYTES || !beginsAsOurs(message)) {
      return;
    }
    int tagFrom = end;
    while (tagFrom > from && isTagByte(message[tagFrom - 1])) {
      tagFrom--;
    }
    int keyFrom = tagFrom - TAG.length;
    if (keyFrom <= from
        || !Arrays.equals(message, keyFrom, tagFrom, TAG, 0, TAG.length)
        || !Arrays.equals(message, end, message.length, END, 0, END.length)) {
      return;
    }
    count = Math.min(count + 1, MAX_TAILS);
    System.arraycopy(tails, 0, tails, 1, count - 1);
    tails[0] =
        new Tail(Arrays.copyOfRange(message, from, message.length), tagFrom - from, envelope);
  }

  private static boolean beginsAsOurs(byte[] message) {
    return message.length > HEAD.length
        && Arrays.equals(message, 0, HEAD.length, HEAD, 0, HEAD.length);
  }

  private static boolean isTagByte(byte b) {
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || b == '-';
  }
}
