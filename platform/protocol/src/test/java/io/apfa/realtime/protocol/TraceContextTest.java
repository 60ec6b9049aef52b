package io.apfa.realtime.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TraceContextTest {
  private static final String SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @Test
  void shouldReadAndWriteTheHeaderOfTheW3c() {
    TraceContext read = TraceContext.ofTraceparent(SAMPLED);
    assertThat(read)
        .isEqualTo(TraceContext.of("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"));
    assertThat(read.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(read.spanIdText()).isEqualTo("00f067aa0ba902b7");
    assertThat(read.traceparent()).isEqualTo(SAMPLED);
  }

  @Test
  void shouldReadWhatALaterVersionAppends() {
    assertThat(TraceContext.ofTraceparent("0a" + SAMPLED.substring(2) + "-more")).isNotNull();
    assertThat(TraceContext.ofTraceparent(SAMPLED + "-more"))
        .as("version 0 appends nothing")
        .isNull();
  }

  @Test
  void shouldFindNothingToHangUnderInWhatIsAbsentMalformedOrNotSampled() {
    assertThat(TraceContext.ofTraceparent(null)).isNull();
    assertThat(TraceContext.ofTraceparent("")).isNull();
    assertThat(TraceContext.ofTraceparent("00-1-2-01")).isNull();
    assertThat(TraceContext.ofTraceparent(SAMPLED.replace("-01", "-00"))).isNull();
    assertThat(TraceContext.ofTraceparent(SAMPLED.replace("-01", "-02"))).isNull();
    assertThat(TraceContext.ofTraceparent(SAMPLED.replace("4bf9", "4BF9"))).isNull();
    assertThat(TraceContext.ofTraceparent("ff" + SAMPLED.substring(2))).isNull();
    assertThat(
            TraceContext.ofTraceparent(
                SAMPLED.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32))))
        .isNull();
    assertThat(TraceContext.ofTraceparent(SAMPLED.replace("00f067aa0ba902b7", "0".repeat(16))))
        .isNull();
  }

  @Test
  void shouldNotBeMadeOfIdsThatStandForNothing() {
    assertThatThrownBy(() -> new TraceContext(0, 0, 1)).hasMessageContaining("expected: none is");
    assertThatThrownBy(() -> new TraceContext(1, 0, 0)).hasMessageContaining("expected: none is");
  }

  @Property(tries = 1000)
  void shouldNeverFailOnAnyHeader(@ForAll String header) {
    assertThat(TraceContext.ofTraceparent(header)).isNull();
  }

  @Property(tries = 200)
  void shouldReadBackWhatItWrote(@ForAll long high, @ForAll long low, @ForAll long span) {
    TraceContext context = new TraceContext(high | 1, low, span == 0 ? 1 : span);
    assertThat(TraceContext.ofTraceparent(context.traceparent())).isEqualTo(context);
  }
}
