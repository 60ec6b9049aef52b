package io.apfa.realtime.gateway.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do part of a gateway's system calls. One write to a socket costs the kernel about 5
 * µs, so a frame to a thousand sessions keeps one thread for 5 ms, and the last of them waits for
 * it; what a gateway decides about a session is a small part of that. The work is cut into chunks
 * of {@value #CHUNK}; whoever is free takes the next, the caller too, so a helper that gets no
 * processor holds up nobody.
 *
 * <p>{@link #share} may be called by one thread at a time.
 */
final class WriteHelpers implements AutoCloseable {
  /** Writes that are taken together: the caller waits at the end for as long as these take. */
  static final int CHUNK = 8;

  private static final int MAX_HELPERS = 3;
  private static final int SPINS = 2_000;
  private static final long PAUSE_NANOS = 20_000;

  private final Thread[] helpers;
  private volatile @Nullable Job job;
  private volatile boolean closed;

  /** A part of the work. Called by any of the threads, and for each index once. */
  interface Part {
    /** Does what stands at {@code from} to before {@code to}; throws nothing. */
    void run(int from, int to);
  }

  private static final class Job {
    private final int count;
    private final Part part;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    Job(int count, Part part) {
      this.count = count;
      this.part = part;
    }

    /** Does the next chunk; whether there was one. */
    boolean runChunk() {
      int from = next.getAndAdd(CHUNK);
      if (from >= count) {
        return false;
      }
      int to = Math.min(count, from + CHUNK);
      try {
        part.run(from, to);
      } finally {
        done.getAndAdd(to - from);
      }
      return true;
    }

    boolean isDone() {
      return done.get() == count;
    }
  }

  /** So many threads besides the caller's; none = the caller does all of it. */
  WriteHelpers(int count) {
    helpers = new Thread[count];
    for (int i = 0; i < count; i++) {
      helpers[i] = new Thread(this::help, "apfa-write-helper-" + i);
      helpers[i].setDaemon(true);
      helpers[i].start();
    }
  }

  /**
   * One for each processor of this machine but the caller's, and no more than {@value
   * #MAX_HELPERS}: the other verticles need some too.
   */
  static WriteHelpers ofThisMachine() {
    return new WriteHelpers(Math.min(MAX_HELPERS, Runtime.getRuntime().availableProcessors() - 1));
  }

  /** Whether there are any. */
  boolean isEmpty() {
    return helpers.length == 0;
  }

  /** Runs {@code part} for 0 to before {@code count}; all of it is done when this returns. */
  void share(int count, Part part) {
    Job shared = new Job(count, part);
    job = shared;
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
    boolean more = true;
    while (more) {
      more = shared.runChunk();
    }
    for (int spins = 0; !shared.isDone(); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PAUSE_NANOS); // a helper waits for a processor: perhaps for this one
      }
    }
    job = null;
  }

  private void help() {
    while (!closed) {
      Job shared = job;
      if (shared == null || !shared.runChunk()) {
        LockSupport.park(this);
      }
    }
  }

  /** Ends the threads; what is shared later the caller does alone. */
  @Override
  public void close() {
    closed = true;
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
  }
}
