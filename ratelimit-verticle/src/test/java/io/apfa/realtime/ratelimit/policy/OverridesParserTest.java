package io.apfa.realtime.ratelimit.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride.Scope;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.UserRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OverridesParserTest {
  private static final Path CONF = Path.of(System.getProperty("apfa.root", ".."), "conf");

  @Test
  void shouldReadTheExampleInTheShippedFileOnceItIsNoCommentAnyMore() throws IOException {
    String yaml = Files.readString(CONF.resolve("limits.yaml"));
    String example =
        yaml.substring(yaml.indexOf("# overrides:"))
            .lines()
            .map(line -> line.replaceFirst("^# ?", ""))
            .collect(Collectors.joining("\n"));
    LimitPolicy policy = LimitsParser.parse(example);
    for (Scope scope : Scope.values()) {
      assertThat(policy.byName(scope)).as(scope.word()).isNotEmpty();
    }
  }

  @Test
  void shouldNameInTheShippedFileEveryLimitThatMayBeOverridden() throws IOException {
    String yaml = Files.readString(CONF.resolve("limits.yaml"));
    String comment = yaml.substring(yaml.indexOf("# Overrides"));
    for (Scope scope : Scope.values()) {
      assertThat(scope.keys()).allSatisfy(key -> assertThat(comment).contains(key.key()));
    }
  }

  @Test
  void shouldReadLimitsWrittenAsGroupsOrWithDots() {
    LimitPolicy policy =
        LimitsParser.parse(
            """
            session: {burst: 30}
            overrides:
              roles:
                viewer: {session: {burst: 5, max-rooms: 10}}
              users:
                ada@example.org: {session.burst: 50}
                42: {commands: {per-second-per-user: 1}}
              rooms:
                "billing:*": {batch.flush-interval-millis: 500}
            """);
    assertThat(policy.common().get(LimitKey.SESSION_BURST)).isEqualTo(30);
    assertThat(policy.ofUser("bob", UserRole.VIEWER).get(LimitKey.SESSION_MAX_ROOMS)).isEqualTo(10);
    assertThat(policy.ofUser("ada@example.org", UserRole.VIEWER).get(LimitKey.SESSION_BURST))
        .isEqualTo(50);
    assertThat(policy.ofUser("42", UserRole.ADMIN).get(LimitKey.COMMANDS_PER_SECOND_PER_USER))
        .isEqualTo(1);
    assertThat(policy.ofSource("billing").get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS)).isEqualTo(500);
  }

  @Test
  void shouldTakeWhatHasNothingUnderItAsNone() {
    assertThat(LimitsParser.parse("overrides:\n")).isEqualTo(LimitPolicy.DEFAULTS);
    assertThat(LimitsParser.parse("overrides:\n  users:\n    ada:\n"))
        .isEqualTo(LimitPolicy.DEFAULTS);
  }

  @Test
  void shouldTellAllProblemsAtOnceEachWithKeyValueAndWhatWasExpected() {
    assertThatThrownBy(
            () ->
                LimitsParser.parse(
                    """
                    session: {burst: 0}
                    overrides:
                      teams: {a: 1}
                      roles:
                        boss: {session.burst: 5}
                        admin: {session.burst: many}
                      users:
                        ada: {commands.per-second-per-role: 5}
                        "": {session.burst: 5}
                        bob: 7
                      rooms:
                        "celery:task:*": {batch.flush-interval-millis: 500}
                        "celery:*": {batch: {size: 10}}
                    """))
        .hasMessage(
            """
            session.burst: "0" (expected: 1 to 1000 permits)
            overrides.teams: "{a=1}" (expected: roles, users or rooms)
            overrides.roles: "boss" (expected: viewer, operator, admin)
            overrides.roles.admin.session.burst: "many" (expected: 1 to 1000 permits)
            overrides.users.ada.commands.per-second-per-role: "5" (expected: one of \
            session.messages-per-second, session.burst, session.frames-per-flush, \
            session.max-hold-millis, session.max-rooms, gateway.sessions-per-user, \
            commands.per-second-per-user, commands.burst-per-user)
            overrides.users: "" (expected: 1 to 256 characters)
            overrides.users.bob: "7" (expected: a mapping)
            overrides.rooms: "celery:task:*" (expected: SOURCE:*, * in SOURCE for any text; all \
            rooms of a source are one stream)
            overrides.rooms.celery:*.batch.size: "10" (expected: one of \
            batch.flush-interval-millis, batch.max-flush-interval-millis, \
            publish.bytes-per-second)""");
  }

  @Test
  void shouldRefuseAHoldThatEndsBeforeAPermitComesForWhomeverItIs() {
    assertThatThrownBy(
            () ->
                LimitsParser.parse(
                    """
                    overrides:
                      roles:
                        viewer: {session.messages-per-second: 1}
                        admin: {session.max-hold-millis: 2000}
                      users:
                        ada: {session.messages-per-second: 0.5, session.max-hold-millis: 2000}
                        bob: {session.messages-per-second: 0.5}
                        eve: {session.burst: 5}
                    """))
        .message()
        .satisfies(
            message ->
                assertThat(message.lines())
                    .map(line -> line.substring(0, line.indexOf(" /")))
                    .containsExactly(
                        "overrides.roles.viewer.session.max-hold-millis: 500 (expected: at least 1",
                        "overrides.users.bob.session.max-hold-millis: 500 (expected: at least 1"));
  }

  @Test
  void shouldRefuseAnIntervalAboveItsBoundForASource() {
    assertThatThrownBy(
            () ->
                LimitsParser.parse(
                    "overrides: {rooms: {'celery:*': {batch.flush-interval-millis: 3000}}}"))
        .hasMessage(
            "overrides.rooms.celery:*.batch.flush-interval-millis: 3000"
                + " (expected: at most batch.max-flush-interval-millis = 2000)");
  }

  @Test
  void shouldRefuseMoreOverridesThanEveryNodeShouldHearEachSecond() {
    StringBuilder yaml = new StringBuilder("overrides:\n  users:\n");
    for (int i = 0; i <= OverridesParser.MAX_OVERRIDES; i++) {
      yaml.append("    u").append(i).append(": {session.burst: 5}\n");
    }
    assertThatThrownBy(() -> LimitsParser.parse(yaml.toString()))
        .hasMessage("overrides: 1001 limits (expected: at most 1000)");
  }
}
