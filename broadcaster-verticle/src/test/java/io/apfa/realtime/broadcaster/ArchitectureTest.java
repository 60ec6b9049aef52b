package io.apfa.realtime.broadcaster;

import io.apfa.realtime.testkit.ArchitectureRules;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super("io.apfa.realtime.broadcaster", "io.apfa.realtime.broadcaster.room..");
  }
}
