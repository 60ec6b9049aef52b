package io.apfa.realtime.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.LimitOverride.Scope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitPolicyTest {
  private static final LimitPolicy POLICY =
      LimitPolicy.of(
          Limits.DEFAULTS.with(LimitKey.SESSION_MAX_ROOMS, 7),
          List.of(
              new LimitOverride(Scope.ROLE, "viewer", "session.burst", 5),
              new LimitOverride(Scope.ROLE, "viewer", "session.max-rooms", 6),
              new LimitOverride(Scope.USER, "ada", "session.burst", 50),
              new LimitOverride(Scope.ROOMS, "bill*:*", "batch.flush-interval-millis", 500),
              new LimitOverride(Scope.ROOMS, "*:*", "batch.flush-interval-millis", 50),
              new LimitOverride(Scope.ROOMS, "*:*", "publish.bytes-per-second", 4096)));

  @Test
  void shouldPutAUsersOwnLimitBeforeTheRolesAndThatBeforeTheCommonOne() {
    Limits viewer = POLICY.ofUser("ada", UserRole.VIEWER);
    assertThat(viewer.get(LimitKey.SESSION_BURST)).isEqualTo(50);
    assertThat(viewer.get(LimitKey.SESSION_MAX_ROOMS)).isEqualTo(6);
    assertThat(POLICY.ofUser("ada", UserRole.ADMIN).get(LimitKey.SESSION_MAX_ROOMS)).isEqualTo(7);
    assertThat(POLICY.ofUser("bob", UserRole.VIEWER).get(LimitKey.SESSION_BURST)).isEqualTo(5);
    assertThat(POLICY.ofUser("bob", null)).isSameAs(POLICY.common());
  }

  @Test
  void shouldGiveASourceTheLimitsOfTheFirstPatternThatMatchesAndOfNoOther() {
    Limits billing = POLICY.ofSource("billing");
    assertThat(billing.get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS)).isEqualTo(500);
    assertThat(billing.get(LimitKey.PUBLISH_BYTES_PER_SECOND)).isEqualTo(67_108_864);
    assertThat(POLICY.ofSource("celery").get(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS)).isEqualTo(50);
  }

  @Test
  void shouldTakeAsPatternOnlyWhatMeansAllRoomsOfASource() {
    assertThat(List.of("celery:*", "*:*", "bill*:*")).allMatch(LimitPolicy::isRoomPattern);
    assertThat(List.of("*", ":*", "celery:tasks", "celery:task:*", "celery"))
        .noneMatch(LimitPolicy::isRoomPattern);
  }

  @Test
  void shouldPassOverAnOverrideThatIsNotKnownOrNotForThisScope() {
    LimitPolicy policy =
        LimitPolicy.of(
            Limits.DEFAULTS,
            List.of(
                new LimitOverride(Scope.USER, "ada", "session.colour", 5),
                new LimitOverride(Scope.USER, "ada", "drain.window-millis", 5)));
    assertThat(policy.ofUser("ada", UserRole.VIEWER)).isEqualTo(Limits.DEFAULTS);
    assertThat(policy.byName(Scope.USER)).isEmpty();
  }

  @Test
  void shouldShowWhatIsForWhomInTheOrderOfTheFile() {
    assertThat(POLICY.byName(Scope.ROOMS).keySet()).containsExactly("bill*:*", "*:*");
    assertThat(POLICY.byName(Scope.USER))
        .isEqualTo(Map.of("ada", Map.of(LimitKey.SESSION_BURST, 50.0)));
  }
}
