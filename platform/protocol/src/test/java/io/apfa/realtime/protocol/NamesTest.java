package io.apfa.realtime.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "celery:tasks",
        "celery:task:39dd0882-6d6a-4dba-b762-1d455820073c",
        "celery:queue:hot:path",
        "orders:group:g1",
        "celery:queues",
        "celery:workers",
        "celery:commands"
      })
  void shouldReadEveryRoomOfTheContract(String name) {
    assertThat(Room.parse(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "celery",
        ":tasks",
        "celery:",
        "celery:task",
        "celery:task:",
        "celery:tasks:x",
        "celery:nothing",
        "celery:tasks2"
      })
  void shouldRefuseAnyOtherRoomNamingItAndWhatWasExpected(String name) {
    assertThatThrownBy(() -> Room.parse(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("room: \"" + name + "\"")
        .hasMessageContaining("expected: SOURCE:tasks");
  }

  @Test
  void shouldReadAPosition() {
    assertThat(StreamPosition.parse("a:b:12")).isEqualTo(new StreamPosition("a:b", 12));
    assertThat(StreamPosition.parse(":0")).isEqualTo(StreamPosition.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "a:", "a:-1", "a:x", "a:99999999999999999999"})
  void shouldRefuseAnyOtherPosition(String text) {
    assertThatThrownBy(() -> StreamPosition.parse(text))
        .hasMessageContaining("expected: EPOCH:OFFSET");
  }

  @Test
  void shouldRoundCelerysSecondsToMillisOnce() {
    assertThat(Times.fromEpochSeconds(1795555952.5886776)).isEqualTo(1_795_555_952_589L);
    assertThat(Times.fromEpochSeconds(Double.NaN)).isEqualTo(Times.UNKNOWN_MILLIS);
    assertThat(Times.fromEpochSeconds(-3)).isEqualTo(Times.UNKNOWN_MILLIS);
    assertThat(Times.fromEpochSeconds(1e300)).isEqualTo(Times.UNKNOWN_MILLIS);
  }

  @Test
  void shouldKeepEveryCloseReasonWithinAControlFrame() {
    for (Disconnect disconnect : Disconnect.values()) {
      assertThat(disconnect.reason().length()).isLessThanOrEqualTo(123);
      assertThat(disconnect.isReconnect()).isEqualTo(disconnect.code() < 3500);
    }
  }

  @Test
  void shouldCapTheInflatedSizeWhileInflating() {
    byte[] bomb = Gzip.compress(new byte[10_000_000], 9);
    assertThatThrownBy(() -> Gzip.inflate(bomb, 1_000_000))
        .hasMessageContaining("more than 1000000 bytes inflated");
    assertThat(
            Gzip.inflate(
                Gzip.compress("žltý".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1), 100))
        .hasSize(6);
  }
}
