package io.apfa.realtime.gateway.transport;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * How many connections come in at a turn. When another gateway dies, its clients are here at once.
 * Were each read as it comes, the event loop would shake hands with all of them before it looked at
 * the first one's {@code register}, and everybody would wait for the last. So {@value #PER_TURN}
 * come in at a turn, in the order of their arrival, and between turns the event loop serves those
 * who are in. A turn is a tick of the gateway; ticks are late when there is much to do, so fewer
 * come in the slower the gateway is.
 *
 * <p>Bound: who waits is not read, and costs its connection only; {@link Arrivals} cuts those that
 * waited too long.
 *
 * <p>Confined to its verticle's context; {@link #waiting} may be read by any thread.
 */
final class Entrance<C> {
  /** At ticks of 20 ms, 10,000 connections a second: more than an event loop can even refuse. */
  static final int PER_TURN = 200;

  /** Ticks closer to each other are one late tick and those it missed. */
  static final long TURN_NANOS = 10_000_000L;

  private final Queue<C> outside = new ArrayDeque<>();
  private int left = PER_TURN;
  private long turnedNanos;
  private volatile int waiting;

  Entrance(long nowNanos) {
    turnedNanos = nowNanos;
  }

  /** Whether {@code connection} comes in at once; else it waits for a turn. */
  boolean enter(C connection) {
    if (left > 0) {
      left--;
      return true;
    }
    outside.add(connection);
    waiting = outside.size();
    return false;
  }

  /**
   * A tick ran: those that waited longest come in.
   *
   * @param letIn lets one in; false = it is gone, and takes nobody's place
   */
  void onTick(long nowNanos, Predicate<C> letIn) {
    if (nowNanos - turnedNanos < TURN_NANOS) {
      return;
    }
    turnedNanos = nowNanos;
    left = PER_TURN;
    C next = outside.poll();
    while (next != null) {
      left -= letIn.test(next) ? 1 : 0;
      next = left > 0 ? outside.poll() : null;
    }
    waiting = outside.size();
  }

  /** Connections that wait for a turn. May be called by any thread. */
  int waiting() {
    return waiting;
  }
}
