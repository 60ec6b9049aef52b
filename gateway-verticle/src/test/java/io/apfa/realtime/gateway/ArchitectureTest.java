package io.apfa.realtime.gateway;

import io.apfa.realtime.testkit.ArchitectureRules;

/** The arrows of the gateway. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super("io.apfa.realtime.gateway", "io.apfa.realtime.gateway.session..");
  }
}
