package io.apfa.realtime.bridge.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisNamesTest {
  @Test
  void shouldNameChannelsAndKeysAsKombuDoes() {
    RedisNames names =
        new RedisNames(
            new RedisTransport(
                "my*app:", "/{db}.", true, RedisTransport.SEPARATOR, List.of(0, 3, 6, 9)),
            3,
            "celeryev",
            "celery");
    assertThat(names.eventPattern()).isEqualTo("my\\*app:/3.celeryev/*");
    assertThat(names.controlChannel()).isEqualTo("my*app:/3.celery.pidbox");
    assertThat(names.bindings("reply.celery.pidbox"))
        .isEqualTo("my*app:_kombu.binding.reply.celery.pidbox");
    assertThat(names.queueKeys("q"))
        .containsExactly(
            "my*app:q", "my*app:q\u0006\u00163", "my*app:q\u0006\u00166", "my*app:q\u0006\u00169");
    assertThat(names.queueKey("q", 5)).isEqualTo("my*app:q\u0006\u00163");
    assertThat(names.queueKey("q", 0)).isEqualTo("my*app:q");
  }

  @ParameterizedTest
  @CsvSource({
    "'/{db}.', true, '/3.celeryev/*', '/3.celery.pidbox'",
    "'', true, 'celeryev/*', 'celery.pidbox'",
    "'/custom.', true, '/custom.celeryev/*', '/custom.celery.pidbox'",
    "'/{db}.', false, '/3.celeryev', '/3.celery.pidbox'",
    "'/a[{db}].', false, '/a\\[3\\].celeryev', '/a[3].celery.pidbox'",
  })
  void shouldNameChannelsByTheFanoutOptions(
      String prefix, boolean patterns, String events, String control) {
    RedisNames names =
        new RedisNames(
            new RedisTransport("", prefix, patterns, RedisTransport.SEPARATOR, List.of(0)),
            3,
            "celeryev",
            "celery");

    assertThat(names.eventPattern()).isEqualTo(events);
    assertThat(names.controlChannel()).isEqualTo(control);
  }

  @Test
  void shouldNameQueueKeysByTheAppsOwnStepsAndSeparator() {
    RedisNames names =
        new RedisNames(
            new RedisTransport("", "/{db}.", true, ":", List.of(0, 1, 2, 5)),
            0,
            "celeryev",
            "celery");

    assertThat(names.queueKeys("q")).containsExactly("q", "q:1", "q:2", "q:5");
    assertThat(names.queueKey("q", 4)).isEqualTo("q:2");
    assertThat(names.queueKey("q", 9)).isEqualTo("q:5");
  }

  @Test
  void shouldReadBrokerUrlsAsCeleryWritesThem() {
    RedisEndpoint plain = RedisEndpoint.parse("redis://localhost");
    assertThat(plain.db()).isZero();
    assertThat(plain.addresses().get(0).port()).isEqualTo(6379);

    RedisEndpoint acl =
        RedisEndpoint.parse("rediss://al%40ice:p%3Aw+d@h:7000/4?ssl_cert_reqs=none");
    assertThat(acl.user()).isEqualTo("al@ice");
    assertThat(acl.password()).isEqualTo("p:w+d");
    assertThat(acl.db()).isEqualTo(4);
    assertThat(acl.netOptions().isTrustAll()).isTrue();
    assertThat(acl.toString()).isEqualTo("rediss://h:7000/4");

    assertThat(RedisEndpoint.parse("redis://:secret@h/1").password()).isEqualTo("secret");

    RedisEndpoint sentinel =
        RedisEndpoint.parse("sentinel://a:26379;sentinel://b/2?master=mymaster");
    assertThat(sentinel.masterName()).isEqualTo("mymaster");
    assertThat(sentinel.addresses()).hasSize(2);
    assertThat(sentinel.db()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"redis://h:x/0", "redis://h/notanumber", "sentinel://h/0", "redis://h/%zz"})
  void shouldRefuseABadUrlWithoutRepeatingIt(String url) {
    assertThatThrownBy(() -> RedisEndpoint.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected")
        .hasMessageNotContaining("notanumber");
  }
}
