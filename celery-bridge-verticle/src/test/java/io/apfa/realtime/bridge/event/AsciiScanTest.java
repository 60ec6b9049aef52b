package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Eight bytes at a time find what one at a time finds. */
class AsciiScanTest {
  @Property(tries = 5_000)
  void shouldStopAtTheFirstByteThatIsNotPlain(
      @ForAll @Size(max = 40) byte[] bytes, @ForAll @IntRange(max = 40) int from) {
    int start = Math.min(from, bytes.length);
    int expected = start;
    while (expected < bytes.length
        && bytes[expected] >= ' '
        && bytes[expected] != '"'
        && bytes[expected] != '\\') {
      expected++;
    }
    assertThat(AsciiScan.plainEnd(bytes, start)).isEqualTo(expected);
  }

  @Property
  void shouldFindEachStopAmongPlainBytes(
      @ForAll @IntRange(max = 31) int at, @ForAll @IntRange(max = 255) int stop) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) '#');
    bytes[at] = (byte) stop;
    boolean plain = stop >= ' ' && stop < 0x80 && stop != '"' && stop != '\\';
    assertThat(AsciiScan.plainEnd(bytes, 0)).isEqualTo(plain ? 32 : at);
  }

  @Property
  void shouldHashTheSameBytesAlikeWhereverTheyAre(
      @ForAll @Size(max = 20) byte[] bytes, @ForAll @IntRange(max = 9) int before) {
    byte[] moved = new byte[before + bytes.length];
    System.arraycopy(bytes, 0, moved, before, bytes.length);
    byte[] padded = Arrays.copyOf(moved, moved.length + 16);
    int hash = AsciiScan.hash(bytes, 0, bytes.length);
    assertThat(AsciiScan.hash(moved, before, moved.length)).isEqualTo(hash);
    assertThat(AsciiScan.hash(padded, before, moved.length)).isEqualTo(hash);
  }

  @Property(tries = 3_000)
  void shouldFindATextWhereItIsAndNowhereElse(
      @ForAll @Size(max = 40) byte[] text,
      @ForAll @IntRange(max = 9) int before,
      @ForAll @IntRange(max = 39) int changed) {
    byte[] bytes = new byte[before + text.length + 3];
    System.arraycopy(text, 0, bytes, before, text.length);
    assertThat(AsciiScan.isAt(text, bytes, before)).isTrue();
    assertThat(AsciiScan.isAt(text, Arrays.copyOf(bytes, before + text.length), before)).isTrue();
    if (changed < text.length) {
      bytes[before + changed] ^= 1;
      assertThat(AsciiScan.isAt(text, bytes, before)).isFalse();
      byte[] cutOff = Arrays.copyOf(bytes, before + text.length - 1);
      assertThat(AsciiScan.isAt(text, cutOff, before)).isFalse();
    }
  }
}
