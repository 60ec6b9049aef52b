package io.apfa.realtime.ratelimit.policy;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.LimitOverride.Scope;
import io.apfa.realtime.protocol.LimitPolicy;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.UserRole;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks limits that are legal each for itself and not together, for everyone and for each who has
 * overrides. What an override has from elsewhere is not blamed on it.
 *
 * <p>Confined to the thread that parses.
 */
final class LimitsTogether {
  private static final Set<LimitKey> HOLD =
      Set.of(LimitKey.SESSION_MAX_HOLD_MILLIS, LimitKey.SESSION_MESSAGES_PER_SECOND);
  private static final Set<LimitKey> INTERVAL =
      Set.of(LimitKey.BATCH_FLUSH_INTERVAL_MILLIS, LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);

  private final List<String> problems = new ArrayList<>();

  private LimitsTogether() {}

  /** Every problem of {@code policy}, one a line. */
  static List<String> problems(LimitPolicy policy) {
    LimitsTogether check = new LimitsTogether();
    check.checkHold("", policy.common());
    check.checkInterval("", policy.common());
    check.checkOrder(
        "",
        policy.common(),
        LimitKey.HEARTBEAT_PING_AFTER_MILLIS,
        LimitKey.HEARTBEAT_CLOSE_AFTER_MILLIS);
    policy.byName(Scope.ROLE).forEach((name, own) -> check.checkRole(policy, name, own));
    policy.byName(Scope.USER).forEach((name, own) -> check.checkUser(policy, name, own));
    policy.byName(Scope.ROOMS).forEach((name, own) -> check.checkRooms(policy, name, own));
    return check.problems;
  }

  private void checkRole(LimitPolicy policy, String role, Map<LimitKey, Double> own) {
    if (touches(own, HOLD)) {
      checkHold(path(Scope.ROLE, role), policy.ofRole(UserRole.ofWord(role)));
    }
  }

  /** A user may come with any role, and has from it what is not the user's own. */
  private void checkUser(LimitPolicy policy, String user, Map<LimitKey, Double> own) {
    if (touches(own, HOLD)) {
      Set<Limits> different = new LinkedHashSet<>();
      for (UserRole role : UserRole.values()) {
        different.add(policy.ofUser(user, role));
      }
      different.forEach(limits -> checkHold(path(Scope.USER, user), limits));
    }
  }

  private void checkRooms(LimitPolicy policy, String pattern, Map<LimitKey, Double> own) {
    if (touches(own, INTERVAL)) {
      checkInterval(path(Scope.ROOMS, pattern), policy.ofRooms(pattern));
    }
  }

  private static boolean touches(Map<LimitKey, Double> own, Set<LimitKey> keys) {
    return own.keySet().stream().anyMatch(keys::contains);
  }

  private static String path(Scope scope, String name) {
    return LimitsParser.OVERRIDES + "." + scope.word() + "." + name + ".";
  }

  private void checkHold(String prefix, Limits limits) {
    double holdMillis = limits.get(LimitKey.SESSION_MAX_HOLD_MILLIS);
    double permitMillis = 1000 / limits.get(LimitKey.SESSION_MESSAGES_PER_SECOND);
    if (holdMillis + 1e-9 < permitMillis) {
      String problem =
          prefix
              + LimitKey.SESSION_MAX_HOLD_MILLIS.key()
              + ": "
              + LimitsParser.number(holdMillis)
              + " (expected: at least 1 / "
              + LimitKey.SESSION_MESSAGES_PER_SECOND.key()
              + " = "
              + LimitsParser.number(Math.ceil(permitMillis))
              + " ms, else what is held has no permit to leave with)";
      if (!problems.contains(problem)) {
        problems.add(problem);
      }
    }
  }

  private void checkInterval(String prefix, Limits limits) {
    checkOrder(
        prefix,
        limits,
        LimitKey.BATCH_FLUSH_INTERVAL_MILLIS,
        LimitKey.BATCH_MAX_FLUSH_INTERVAL_MILLIS);
  }

  private void checkOrder(String prefix, Limits limits, LimitKey smaller, LimitKey larger) {
    if (limits.get(smaller) > limits.get(larger)) {
      problems.add(
          prefix
              + smaller.key()
              + ": "
              + LimitsParser.number(limits.get(smaller))
              + " (expected: at most "
              + larger.key()
              + " = "
              + LimitsParser.number(limits.get(larger))
              + ")");
    }
  }
}
