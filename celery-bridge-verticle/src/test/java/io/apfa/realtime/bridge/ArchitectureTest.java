package io.apfa.realtime.bridge;

import io.apfa.realtime.testkit.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super("io.apfa.realtime.bridge", "io.apfa.realtime.bridge.event..");
  }
}
