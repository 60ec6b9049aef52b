package io.apfa.realtime.e2e;

import io.apfa.realtime.e2e.NetworkNamespaces.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks all the time who owns the source: both broadcasters, the first again after the second, and
 * the store's token. Thread-safe: one thread of its own counts in atomics.
 */
final class OwnerWatch implements AutoCloseable {
  private static final long PERIOD_NANOS = 100_000_000;

  private final PartitionRig rig;
  private final Thread thread;
  private volatile boolean ended;
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicInteger twoOwners = new AtomicInteger();
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicInteger tokensThatWentBack = new AtomicInteger();

  OwnerWatch(PartitionRig rig) {
    this.rig = rig;
    thread = new Thread(this::watch, "owner watch");
    thread.start();
  }

  private void watch() {
    long token = 0;
    try {
      while (!ended) {
        boolean both = rig.owns(Side.WEST) && rig.owns(Side.EAST) && rig.owns(Side.WEST);
        twoOwners.addAndGet(both ? 1 : 0);
        long now = Long.parseLong(rig.ownerToken());
        tokensThatWentBack.addAndGet(now < token ? 1 : 0);
        changes.addAndGet(token != 0 && now != token ? 1 : 0);
        token = now;
        looks.incrementAndGet();
        LockSupport.parkNanos(PERIOD_NANOS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How often it looked. */
  int looks() {
    return looks.get();
  }

  /** How often both sides said they owned the source at one moment. */
  int twoOwners() {
    return twoOwners.get();
  }

  /** How often the owner's token changed. */
  int changes() {
    return changes.get();
  }

  /** How often a token was lower than the one before. */
  int tokensThatWentBack() {
    return tokensThatWentBack.get();
  }

  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
