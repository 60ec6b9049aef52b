package io.apfa.realtime.protocol.bus;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.buffer.Buffer;

/** Whatever comes over the bus or out of the log is read, or refused with a reason. */
class BusFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyBusMessage(byte[] bytes) {
    try {
      BusMessage message = BusCodec.decode(Buffer.buffer(bytes));
      assertThat(BusCodec.decode(BusCodec.encode(message))).isEqualTo(message);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
    }
  }

  @FuzzTest(maxDuration = "30s")
  void shouldReadOrRefuseAnyLogEntry(byte[] bytes) {
    try {
      LogCodec.decode(Buffer.buffer(bytes));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotEndWith("null");
    }
  }
}
