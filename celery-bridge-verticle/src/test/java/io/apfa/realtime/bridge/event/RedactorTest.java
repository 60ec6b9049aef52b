package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedactorTest {
  private final Redactor redactor = Redactor.of(Redactor.DEFAULT_PATTERNS);

  @Test
  void shouldHideValuesAfterSecretNames() {
    assertThat(redactor.redact("{'password': 'a\\'b', 'n': 1}"))
        .isEqualTo("{'password': '[redacted]', 'n': 1}");
    assertThat(redactor.redact("login(user='eve', api_key='k', x=2)"))
        .isEqualTo("login(user='eve', api_key='[redacted]', x=2)");
    assertThat(redactor.redact("{\"token\":\"abc\",\"a\":1}"))
        .isEqualTo("{\"token\":\"[redacted]\",\"a\":1}");
    assertThat(redactor.redact("{\"token\":12345,\"a\":1}"))
        .isEqualTo("{\"token\":\"[redacted]\",\"a\":1}");
    assertThat(redactor.redact("url?access_token=abc&x=1"))
        .isEqualTo("url?access_token=[redacted]&x=1");
    assertThat(redactor.redact("{'Authorization': b'Bearer x'}"))
        .isEqualTo("{'Authorization': '[redacted]'}");
    assertThat(redactor.redact("{'password': 'cut of")).isEqualTo("{'password': '[redacted]'");
    assertThat(redactor.redact("\"{\\\"secret\\\": \\\"abc\\\"}\""))
        .isEqualTo("\"{\\\"secret\\\": \\\"[redacted]\\\"}\"");
  }

  @Test
  void shouldLeaveTheRestAlone() {
    String text = "('a', {'count': 3, 'when': '12:30'})";
    assertThat(redactor.redact(text)).isSameAs(text);
    assertThat(Redactor.of(List.of()).redact("password='x'")).isEqualTo("password='x'");
  }

  @Test
  void shouldTakePatternsOfTheOperator() {
    assertThat(Redactor.of(List.of("iban")).redact("{'iban': 'DE1', 'password': 'x'}"))
        .isEqualTo("{'iban': '[redacted]', 'password': 'x'}");
  }
}
