package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A number is read to the double nearest to it, as the JDK reads it. */
class PlainNumberTest {
  private final PlainNumber number = new PlainNumber();

  @Provide
  Arbitrary<String> numbers() {
    Arbitrary<String> digits = Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(20);
    Arbitrary<String> whole =
        Arbitraries.longs().between(0, 999_999_999_999_999L).map(String::valueOf);
    Arbitrary<String> python = Arbitraries.doubles().between(0, 4e9).map(PlainNumberTest::ofPython);
    return Arbitraries.oneOf(
        whole, python, Combinators.combine(whole, digits).as((a, b) -> a + "." + b));
  }

  /** A double with the fewest digits that give it back, and without an exponent. */
  private static String ofPython(double value) {
    return new java.math.BigDecimal(Double.toString(value)).toPlainString();
  }

  @Property(tries = 20_000)
  void shouldReadTheNearestDouble(@ForAll("numbers") String written) {
    byte[] json = (written + "}").getBytes(StandardCharsets.US_ASCII);
    if (number.read(json, 0)) {
      assertThat(number.value()).isEqualTo(Double.parseDouble(written));
      assertThat(number.end()).isEqualTo(written.length());
    } else {
      assertThat(written.length()).as(written).isGreaterThan(30);
    }
  }

  @Example
  void shouldReadQuotientsThatAreAlmostHalfwayBetweenTwoDoubles() {
    // 2^53 + 1 and its tenths lie exactly, or almost, between two doubles
    for (String written :
        new String[] {
          "9007199254740993",
          "900719925474099.3",
          "9007199254.740993",
          "90071992547409930.0",
          "0.9007199254740993",
          "1795555942.1234567",
          "0.05018226499998946"
        }) {
      byte[] json = (written + ",").getBytes(StandardCharsets.US_ASCII);
      if (number.read(json, 0)) {
        assertThat(number.value()).as(written).isEqualTo(Double.parseDouble(written));
      }
    }
  }

  @Example
  void shouldLeaveWhatIsNoPlainNumber() {
    for (String written : new String[] {"", "-1", "01", "1.", ".5", "1e", "NaN", "x"}) {
      byte[] json = (written + ",").getBytes(StandardCharsets.US_ASCII);
      assertThat(number.read(json, 0)).as(written).isFalse();
    }
  }
}
