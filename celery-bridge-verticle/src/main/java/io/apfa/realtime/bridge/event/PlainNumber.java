package io.apfa.realtime.bridge.event;

import com.fasterxml.jackson.core.io.NumberInput;
import java.nio.charset.StandardCharsets;

/**
 * Reads numbers from 0 on as Python writes them, to the double nearest to each: what a JSON parser
 * reads. Confined to its reader.
 */
final class PlainNumber {
  /** Digits before the point; past it a number is not plain. */
  private static final int MAX_WHOLE_DIGITS = 15;

  /** Digits that fit into a long. */
  private static final int MAX_DIGITS = 18;

  private static final long MAX_EXACT = 1L << 53;
  private static final int MAX_BYTES = 32;
  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private double value;
  private int end;

  /** The number read last. */
  double value() {
    return value;
  }

  /** Where it ended. */
  int end() {
    return end;
  }

  /** Reads the number at {@code from}; false when there is none, or one out of the ordinary. */
  boolean read(byte[] bytes, int from) {
    int i = from;
    long digits = 0;
    int point = -1;
    for (; i < bytes.length; i++) {
      int digit = bytes[i] - '0';
      if (digit >= 0 && digit <= 9) {
        digits = digits * 10 + digit;
      } else if (bytes[i] == '.' && point < 0 && i > from) {
        point = i;
      } else {
        break;
      }
    }
    int whole = (point < 0 ? i : point) - from;
    int decimals = point < 0 ? 0 : i - point - 1;
    end = i;
    if (whole == 0
        || whole > MAX_WHOLE_DIGITS
        || (whole > 1 && bytes[from] == '0')
        || (point >= 0 && decimals == 0)) {
      return false;
    }
    boolean exponent = i < bytes.length && (bytes[i] | 0x20) == 'e';
    if (exponent || whole + decimals > MAX_DIGITS) {
      return readLong(bytes, from, exponent);
    }
    if (digits <= MAX_EXACT) {
      // both operands are exact, so their quotient is the double nearest to the number
      value = digits / POWERS_OF_TEN[decimals];
      return true;
    }
    return divide(digits, POWERS_OF_TEN[decimals]) || readLong(bytes, from, false);
  }

  /**
   * Divides to about a hundred bits, which tells the nearest double unless the quotient is as good
   * as halfway between two; false then.
   */
  private boolean divide(long digits, double power) {
    double high = digits;
    double low = digits - (long) high;
    double quotient = high / power;
    double rest = Math.fma(-quotient, power, high);
    double correction = (rest + low) / power;
    double nearest = quotient + correction;
    double error = Math.abs((quotient - nearest) + correction);
    double ulp = Math.ulp(nearest);
    value = nearest;
    return Math.abs(2 * error - ulp) > ulp * 1e-9;
  }

  /** A number of many digits, or with an exponent, up to {@link #end}. */
  private boolean readLong(byte[] bytes, int from, boolean exponent) {
    if (exponent) {
      int i = end + 1;
      if (i < bytes.length && (bytes[i] == '-' || bytes[i] == '+')) {
        i++;
      }
      int first = i;
      while (i < bytes.length && bytes[i] >= '0' && bytes[i] <= '9') {
        i++;
      }
      end = i;
      if (i == first) {
        return false;
      }
    }
    if (end - from > MAX_BYTES) {
      return false;
    }
    value =
        NumberInput.parseDouble(
            new String(bytes, from, end - from, StandardCharsets.ISO_8859_1), true);
    return true;
  }
}
