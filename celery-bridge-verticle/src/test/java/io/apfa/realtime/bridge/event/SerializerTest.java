package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SerializerTest {
  private static final String JSON =
      "[[1,-2,1.5,\"h\u00e9 \ud83d\ude00\",null,true,18446744073709551615],{\"k\":[{\"d\":\"\"}]},{}]";

  @ParameterizedTest
  @EnumSource(Serializer.class)
  void shouldWriteWhatCeleryReadsBack(Serializer serializer) throws Exception {
    byte[] json =
        MessageDecoder.bodyAsJson(serializer.encode(JSON), serializer.contentType(), null, 1 << 20);

    assertThat(Values.read(json)).isEqualTo(Values.read(JSON));
    assertThat(Serializer.ofWord(serializer.word())).isEqualTo(serializer);
  }

  @Test
  void shouldRefuseANumberThatMsgpackCannotCarry() {
    assertThatThrownBy(() -> Serializer.MSGPACK.encode("[18446744073709551616]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 bits");
  }

  /** What follows the value became part of a message, which workers die of. */
  @Test
  void shouldRefuseArgumentsThatAreMoreThanOneValue() {
    assertThatThrownBy(() -> new TaskMessage("u", "orders.add", "[1] , 2", "{}", "celery", 0, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
