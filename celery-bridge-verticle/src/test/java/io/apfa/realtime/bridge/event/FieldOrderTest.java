package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldOrderTest {
  private final FieldOrder order = new FieldOrder();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void shouldForetellWhatFollowedBefore() {
    byte[] json = bytes("{\"uuid\": 1, \"clock\": 2}");
    order.begin();
    assertThat(order.next(json, 0)).isNull();
    order.learn(json, 0, 9, PlainField.UUID);
    assertThat(order.next(json, 10)).isNull();
    order.learn(json, 10, 21, PlainField.CLOCK);
    order.begin();
    assertThat(order.next(json, 0)).isEqualTo(PlainField.UUID);
    assertThat(order.length()).isEqualTo(9);
    assertThat(order.next(json, 10)).isEqualTo(PlainField.CLOCK);
  }

  @Test
  void shouldTellFieldsOfOneBeginningApart() {
    byte[] json = bytes("{\"retriesX\": 1}");
    order.begin();
    order.learn(bytes("{\"retries\": 1}"), 0, 12, PlainField.RETRIES);
    order.begin();
    assertThat(order.next(json, 0)).isNull();
  }

  @Test
  void shouldLearnOnlySoMuch() {
    for (int i = 0; i < 5_000; i++) {
      byte[] json = bytes("{\"field-" + i + "\": 1}");
      order.begin();
      if (order.next(json, 0) == null) {
        order.learn(json, 0, json.length - 2, PlainField.OTHER);
      }
    }
    byte[] late = bytes("{\"field-4999\": 1}");
    order.begin();
    assertThat(order.next(late, 0)).isNull();
  }
}
