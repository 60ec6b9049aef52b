package io.apfa.realtime.ratelimit;

import io.apfa.realtime.testkit.ArchitectureRules;

class RateLimitArchitectureTest extends ArchitectureRules {
  RateLimitArchitectureTest() {
    super("io.apfa.realtime.ratelimit", "io.apfa.realtime.ratelimit.policy..");
  }
}
