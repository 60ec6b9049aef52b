package io.apfa.realtime.launcher.demo;

import java.util.Random;
import java.util.UUID;

/** Random (version 4) uuids from a given source of chance. Confined to its owner's thread. */
final class Uuids {
  private static final long VERSION_MASK = 0xFFFF_FFFF_FFFF_0FFFL;
  private static final long VARIANT_MASK = 0x3FFF_FFFF_FFFF_FFFFL;

  private final Random random;

  Uuids(Random random) {
    this.random = random;
  }

  String next() {
    long high = (random.nextLong() & VERSION_MASK) | 0x4000L;
    long low = (random.nextLong() & VARIANT_MASK) | Long.MIN_VALUE;
    return new UUID(high, low).toString();
  }
}
