package io.apfa.realtime.bridge.source;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what a Redis sends to a subscriber (RESP2), from chunks cut anywhere. They are gathered in
 * one array, out of which only the payload of a message is copied.
 *
 * <p>Bounds: one reply has at most {@link #MAX_REPLY_BYTES}. Confined to its connection's context.
 */
final class RespReader {
  /** Redis itself cuts a subscriber at 32 MB unread. */
  static final int MAX_REPLY_BYTES = 48 << 20;

  private static final int MAX_ELEMENTS = 16;
  private static final int MAX_DIGITS = 9;
  private static final byte[] PMESSAGE = "pmessage".getBytes(StandardCharsets.US_ASCII);
  private static final int INCOMPLETE = -1;
  private static final int INITIAL_CAPACITY = 1 << 16;
  private static final int KEPT_CAPACITY = 1 << 20;

  private final Handler handler;
  private final int[] from = new int[MAX_ELEMENTS];
  private final int[] to = new int[MAX_ELEMENTS];
  private byte[] data = new byte[INITIAL_CAPACITY];
  private int end;
  private int parsed;

  /** What was read. */
  interface Handler {
    /** A message of a subscription; the array is the handler's. */
    void onMessage(byte[] payload);

    /** Any other reply: {@code kind} such as psubscribe, pong, or error. */
    void onReply(String kind, String text);
  }

  /** What the server sent is no RESP2, or too much. Immutable. */
  static final class ProtocolException extends Exception {
    ProtocolException(String message) {
      super(message, null, false, false);
    }
  }

  RespReader(Handler handler) {
    this.handler = handler;
  }

  /** Reads {@code chunk}, which may begin and end anywhere. */
  void feed(Buffer chunk) throws ProtocolException {
    reserve(chunk.length());
    chunk.getBytes(data, end);
    end += chunk.length();
    while (parsed < end) {
      int next = reply(parsed);
      if (next == INCOMPLETE) {
        break;
      }
      parsed = next;
    }
    if (end - parsed > MAX_REPLY_BYTES) {
      throw new ProtocolException("a reply over " + MAX_REPLY_BYTES + " bytes");
    }
    if (parsed == end) {
      parsed = 0;
      end = 0;
      if (data.length > KEPT_CAPACITY) {
        data = new byte[INITIAL_CAPACITY];
      }
    }
  }

  /** Makes room for {@code more} bytes behind those that wait, which move to the front for it. */
  private void reserve(int more) {
    if (data.length - end >= more) {
      return;
    }
    int kept = end - parsed;
    byte[] from = data;
    if (data.length < kept + more) {
      data = new byte[Math.max(2 * data.length, kept + more)];
    }
    System.arraycopy(from, parsed, data, 0, kept);
    parsed = 0;
    end = kept;
  }

  private int reply(int at) throws ProtocolException {
    int line = lineEnd(at);
    if (line == INCOMPLETE) {
      return INCOMPLETE;
    }
    switch (data[at]) {
      case '+' -> handler.onReply("ok", text(at + 1, line));
      case '-' -> handler.onReply("error", text(at + 1, line));
      case ':' -> handler.onReply("number", text(at + 1, line));
      case '*' -> {
        return array(at, line);
      }
      default -> throw new ProtocolException("reply type " + data[at]);
    }
    return line + 2;
  }

  private int array(int at, int line) throws ProtocolException {
    int count = number(at + 1, line);
    if (count < 1 || count > MAX_ELEMENTS) {
      throw new ProtocolException("an array of " + count);
    }
    int next = line + 2;
    for (int i = 0; i < count; i++) {
      int head = lineEnd(next);
      if (head == INCOMPLETE) {
        return INCOMPLETE;
      }
      if (data[next] == '$') {
        int length = number(next + 1, head);
        from[i] = head + 2;
        to[i] = head + 2 + Math.max(0, length);
        if (length > MAX_REPLY_BYTES) {
          throw new ProtocolException("a bulk string of " + length + " bytes");
        }
        next = length < 0 ? head + 2 : to[i] + 2;
      } else {
        from[i] = next + 1;
        to[i] = head;
        next = head + 2;
      }
      if (next > end) {
        return INCOMPLETE;
      }
    }
    if (count == 4 && Arrays.equals(data, from[0], to[0], PMESSAGE, 0, PMESSAGE.length)) {
      handler.onMessage(Arrays.copyOfRange(data, from[3], to[3]));
    } else {
      handler.onReply(text(from[0], to[0]), count > 1 ? text(from[1], to[1]) : "");
    }
    return next;
  }

  /** Where the line that begins at {@code at} ends: the place of its CR. */
  private int lineEnd(int at) {
    for (int i = at; i < end - 1; i++) {
      if (data[i] == '\r' && data[i + 1] == '\n') {
        return i;
      }
    }
    return INCOMPLETE;
  }

  private int number(int start, int stop) throws ProtocolException {
    boolean negative = start < stop && data[start] == '-';
    int digits = negative ? start + 1 : start;
    if (digits == stop || stop - digits > MAX_DIGITS) {
      throw new ProtocolException("a length that is no number");
    }
    int number = 0;
    for (int i = digits; i < stop; i++) {
      int digit = data[i] - '0';
      if (digit < 0 || digit > 9) {
        throw new ProtocolException("a length that is no number");
      }
      number = number * 10 + digit;
    }
    return negative ? -number : number;
  }

  private String text(int start, int stop) {
    return new String(data, start, Math.min(stop - start, 512), StandardCharsets.ISO_8859_1);
  }
}
