package io.apfa.realtime.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apfa.realtime.protocol.Command;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands as clients write them. */
class CommandDecoderTest {
  private static Command decode(Command.Kind kind, String body, String target) {
    return CommandDecoder.decode(kind, JsonMembers.parse(body.replace('\'', '"')), target);
  }

  @Test
  void shouldReadEveryKind() {
    assertThat(decode(Command.Kind.REVOKE, "{'uuid':'u1'}", null))
        .isEqualTo(new Command.Revoke(List.of("u1"), false, "SIGTERM"));
    assertThat(decode(Command.Kind.REVOKE, "{'uuids':['a','b','a'],'terminate':true}", null))
        .isEqualTo(new Command.Revoke(List.of("a", "b"), true, "SIGTERM"));
    assertThat(decode(Command.Kind.RETRY, "{'args':[1,'é'],'kwargs':{'a':null}}", "u1"))
        .isEqualTo(new Command.Retry(List.of("u1"), "[1,\"é\"]", "{\"a\":null}"));
    assertThat(
            decode(
                Command.Kind.TRIGGER, "{'name':'orders.add','priority':3,'countdown':1.5}", null))
        .isEqualTo(new Command.Trigger("orders.add", "[]", "{}", null, 3, 1.5, -1));
    assertThat(decode(Command.Kind.TRIGGER, "{'name':'a','eta':'2026-11-24T22:00:00+01:00'}", null))
        .isEqualTo(new Command.Trigger("a", "[]", "{}", null, -1, Double.NaN, 1_795_554_000_000L));
    assertThat(decode(Command.Kind.PAUSE, "{}", "celery"))
        .isEqualTo(new Command.Queue(Command.Kind.PAUSE, "celery"));
    assertThat(decode(Command.Kind.POOL, "{'hostname':'w@h','delta':-2}", null))
        .isEqualTo(new Command.Pool("w@h", -2));
    assertThat(decode(Command.Kind.AUTOSCALE, "{'min':1,'max':4}", "w@h"))
        .isEqualTo(new Command.Autoscale("w@h", 1, 4));
    assertThat(decode(Command.Kind.RATE_LIMIT, "{'name':'a','rate':'10/m'}", "w@h"))
        .isEqualTo(new Command.RateLimit("w@h", "a", "10/m"));
    assertThat(decode(Command.Kind.TIME_LIMIT, "{'name':'a','soft':null,'hard':60}", "w@h"))
        .isEqualTo(new Command.TimeLimit("w@h", "a", Double.NaN, 60));
    assertThat(decode(Command.Kind.ENABLE_EVENTS, "{}", "w@h"))
        .isEqualTo(new Command.EnableEvents("w@h"));
    assertThat(decode(Command.Kind.SHUTDOWN, "{}", "w@h")).isEqualTo(new Command.Shutdown("w@h"));
    assertThat(decode(Command.Kind.PING, "{}", null)).isEqualTo(new Command.Ping());
  }

  @Test
  void shouldFindTheKindOfEveryAddressAndNoOther() {
    for (Command.Kind kind : Command.Kind.values()) {
      assertThat(CommandDecoder.kindOfAddress("celery." + kind.word())).isEqualTo(kind);
    }
    assertThat(CommandDecoder.kindOfAddress("celery.")).isNull();
    assertThat(CommandDecoder.kindOfAddress("celery:tasks")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "REVOKE|{}|uuid",
        "REVOKE|{'uuids':[]}|uuids",
        "REVOKE|{'uuid':'a','signal':'SIGFOO'}|signal",
        "REVOKE|{'uuid':'a','terminate':'yes'}|terminate",
        "REVOKE|{'uuid':'a','extra':1}|extra",
        "REVOKE|{'uuid':7}|uuid",
        "RETRY|{'uuids':['a','b'],'args':[]}|one task",
        "RETRY|{'uuid':'a','args':{}}|args",
        "TRIGGER|{'name':''}|name",
        "TRIGGER|{'name':'a','priority':10}|priority",
        "TRIGGER|{'name':'a','countdown':-1}|countdown",
        "TRIGGER|{'name':'a','eta':'tomorrow'}|eta",
        "TRIGGER|{'name':'a','countdown':1,'eta':1}|one of them",
        "PAUSE|{'queue':' '}|queue",
        "POOL|{'hostname':'w','delta':0}|delta",
        "POOL|{'hostname':'w'}|delta",
        "AUTOSCALE|{'hostname':'w','min':5,'max':4}|min",
        "RATE_LIMIT|{'hostname':'w','name':'a','rate':'fast'}|rate",
        "TIME_LIMIT|{'hostname':'w','name':'a','soft':-1}|soft",
        "PING|{'x':1}|unknown",
      })
  void shouldNameTheMemberThatIsWrong(Command.Kind kind, String body, String named) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode(kind, body, null))
        .withMessageContaining(named);
  }
}
