package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonLiteralTest {
  @Test
  void shouldReadPlainReprs() {
    assertThat(
            Values.write(
                PythonLiteral.read("(2, 'a\\'b\\n\\u00e9\\x41', [None, True], {'k': -1.5},)")))
        .isEqualTo("[2,\"a'b\\n\u00e9A\",[null,true],{\"k\":-1.5}]");
    assertThat(PythonLiteral.read("()")).isEqualTo(List.of());
    assertThat(PythonLiteral.read("{}")).isEqualTo(Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "(1, 2, ...)",
        "('long te...',)",
        "(1, 2",
        "['abc",
        "(<object at 0x7f>,)",
        "datetime.datetime(2026, 1, 1)",
        "{1, 2}",
        "{1: 2}",
        "(1) 2",
        "nan",
        "b'x'"
      })
  void shouldRefuseWhatIsCutOrNoPlainData(String repr) {
    assertThatThrownBy(() -> PythonLiteral.read(repr)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 300)
  void shouldReadBackWhatItWrites(@ForAll("values") Object value) {
    Object again = PythonLiteral.read(PythonLiteral.write(value));
    assertThat(Values.write(again)).isEqualTo(Values.write(value));
  }

  @Provide
  Arbitrary<Object> values() {
    Arbitrary<Object> scalars =
        Arbitraries.oneOf(
            Arbitraries.integers().map(i -> (Object) i),
            Arbitraries.strings().ofMaxLength(20).filter(s -> !s.endsWith("...")).map(s -> s),
            Arbitraries.of(true, false));
    return Arbitraries.oneOf(
        scalars,
        scalars.list().ofMaxSize(5).map(list -> list),
        Arbitraries.maps(Arbitraries.strings().alpha().ofMaxLength(5), scalars)
            .ofMaxSize(5)
            .map(map -> map));
  }
}
