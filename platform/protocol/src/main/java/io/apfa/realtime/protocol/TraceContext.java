package io.apfa.realtime.protocol;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A place in a sampled trace: what a message carries so that the next node's span hangs under the
 * right one. A trace that is not sampled has none, so a message without one costs nothing more.
 *
 * <p>Immutable.
 *
 * @param traceIdHigh the first 8 bytes of the trace's id
 * @param traceIdLow the last 8 bytes of it; both are 0 in no trace
 * @param spanId the span under which the next one hangs; never 0
 */
public record TraceContext(long traceIdHigh, long traceIdLow, long spanId) {
  private static final HexFormat HEX = HexFormat.of();

  /** Version, trace id, span id and flags, with a dash after each but the last. */
  private static final int TRACEPARENT_LENGTH = 55;

  private static final int TRACE_ID_AT = 3;
  private static final int SPAN_ID_AT = 36;
  private static final int FLAGS_AT = 53;
  private static final int ID_DIGITS = 16;
  private static final int SAMPLED = 1;

  public TraceContext {
    if ((traceIdHigh | traceIdLow) == 0 || spanId == 0) {
      throw new IllegalArgumentException("trace context: an id is 0 (expected: none is)");
    }
  }

  /** The context of two ids as they are written: 32 and 16 hexadecimal digits. */
  public static TraceContext of(String traceId, String spanId) {
    return new TraceContext(
        HexFormat.fromHexDigitsToLong(traceId, 0, ID_DIGITS),
        HexFormat.fromHexDigitsToLong(traceId, ID_DIGITS, 2 * ID_DIGITS),
        HexFormat.fromHexDigitsToLong(spanId));
  }

  /**
   * Reads the W3C header {@code traceparent}.
   *
   * @return null when there is none, when it is malformed, and when its trace is not sampled: then
   *     there is nothing to hang under
   */
  public static @Nullable TraceContext ofTraceparent(@Nullable String header) {
    if (header == null || !isTraceparent(header)) {
      return null;
    }
    int flags = HexFormat.fromHexDigits(header, FLAGS_AT, TRACEPARENT_LENGTH);
    String traceId = header.substring(TRACE_ID_AT, TRACE_ID_AT + 2 * ID_DIGITS);
    String spanId = header.substring(SPAN_ID_AT, SPAN_ID_AT + ID_DIGITS);
    boolean none = isZero(traceId) || isZero(spanId);
    return none || (flags & SAMPLED) == 0 ? null : of(traceId, spanId);
  }

  /** Whether it has the form; a later version may go on after another dash. */
  private static boolean isTraceparent(String header) {
    boolean later = !header.startsWith("00");
    if (header.length() < TRACEPARENT_LENGTH
        || header.startsWith("ff")
        || (header.length() > TRACEPARENT_LENGTH
            && !(later && header.charAt(TRACEPARENT_LENGTH) == '-'))) {
      return false;
    }
    for (int i = 0; i < TRACEPARENT_LENGTH; i++) {
      char c = header.charAt(i);
      boolean dash = i == TRACE_ID_AT - 1 || i == SPAN_ID_AT - 1 || i == FLAGS_AT - 1;
      boolean digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      if (dash ? c != '-' : !digit) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(String digits) {
    return digits.chars().allMatch(c -> c == '0');
  }

  /** The trace's id as it is written: 32 hexadecimal digits. */
  public String traceId() {
    return HEX.toHexDigits(traceIdHigh) + HEX.toHexDigits(traceIdLow);
  }

  /** The span's id as it is written: 16 hexadecimal digits. */
  public String spanIdText() {
    return HEX.toHexDigits(spanId);
  }

  /** The W3C header {@code traceparent}. */
  public String traceparent() {
    return "00-" + traceId() + "-" + spanIdText() + "-01";
  }
}
