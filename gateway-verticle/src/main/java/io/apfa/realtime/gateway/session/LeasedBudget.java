package io.apfa.realtime.gateway.session;

import io.apfa.realtime.protocol.TokenBucket;

/**
 * What this node may spend of one budget of the whole cluster: permits leased from the leading
 * rate-limit verticle and, while none answers, its share of the budget.
 *
 * <p>Messages: a lease asks for what was wanted of it lately, for as long as it lasts. One who got
 * less asks again after a pause in which half the burst comes in, {@value #MOST_PAUSE_NANOS} ns at
 * most, and is refused here meanwhile. So a budget costs less than a message a second at each node
 * that spends of it, however often it is asked for; only a burst that grows costs a few at once.
 *
 * <p>The share is a part of the budget as large as one of the nodes is of all. Whatever is spent
 * counts against it, so what all nodes spend without a leader is bounded by the budget, and what it
 * lacks tells a new leader how much was spent before it led.
 *
 * <p>Confined to its verticle's context.
 */
public final class LeasedBudget {
  static final long MOST_PAUSE_NANOS = 1_500_000_000L;

  private static final long LEAST_PAUSE_NANOS = 100_000_000L;
  private static final double FIRST_WANTED = 5;

  /** Demand is never extrapolated from less time than this. */
  private static final double LEAST_DEMAND_SECONDS = 0.5;

  private final TokenBucket share;
  private double ratePerSecond;
  private double burst;
  private int nodes;
  private double permits;
  private double spent;
  private double demand;
  private double wanted = FIRST_WANTED;
  private long askedNanos;
  private long leasedUntilNanos;
  private long notBeforeNanos;

  /** What became of an attempt to spend a permit. */
  public enum Kind {
    /** It is spent. */
    GRANTED,
    /** None is there; see {@link Answer#retryAfterNanos}. */
    REFUSED,
    /** The leader must be asked for a lease. */
    ASK
  }

  /**
   * An answer to an attempt.
   *
   * @param retryAfterNanos when to try again, of a refusal; else 0
   */
  public record Answer(Kind kind, long retryAfterNanos) {
    static final Answer GRANTED = new Answer(Kind.GRANTED, 0);
    static final Answer ASK = new Answer(Kind.ASK, 0);
  }

  /**
   * What to ask the leader for.
   *
   * @param spent permits spent since the last time, of a lease or of the share
   * @param wanted permits it would like to hold; 0 = only to give the rest back
   * @param deficit permits that its share lacks
   */
  public record Ask(double spent, double wanted, double deficit) {}

  /** A budget nothing was spent of, on a cluster of {@code nodes}. */
  public LeasedBudget(double ratePerSecond, double burst, int nodes, long nowNanos) {
    this.ratePerSecond = ratePerSecond;
    this.burst = burst;
    this.nodes = nodes;
    this.share = new TokenBucket(ratePerSecond / nodes, shareOf(burst, nodes), nowNanos);
    this.askedNanos = nowNanos;
    this.leasedUntilNanos = nowNanos;
    this.notBeforeNanos = nowNanos;
  }

  /** A share of less than a permit would never grant one. */
  private static double shareOf(double burst, int nodes) {
    return Math.max(1, burst / nodes);
  }

  /** Other limits, or another number of nodes that spend of it. */
  public void configure(double newRatePerSecond, double newBurst, int newNodes, long nowNanos) {
    if (newRatePerSecond == ratePerSecond && newBurst == burst && newNodes == nodes) {
      return;
    }
    if (newRatePerSecond != ratePerSecond || newBurst != burst) {
      notBeforeNanos = nowNanos;
    }
    ratePerSecond = newRatePerSecond;
    burst = newBurst;
    nodes = newNodes;
    share.configure(ratePerSecond / nodes, shareOf(burst, nodes), nowNanos);
  }

  /** Spends a permit of the lease, if it can. */
  public Answer spend(long nowNanos) {
    if (nowNanos < leasedUntilNanos && permits >= 1) {
      permits--;
      spent++;
      demand++;
      debitShare(nowNanos);
      return Answer.GRANTED;
    }
    if (nowNanos < notBeforeNanos) {
      demand++;
      return new Answer(Kind.REFUSED, notBeforeNanos - nowNanos);
    }
    return Answer.ASK;
  }

  /** Spends a permit of the share, if it can: no leader answers. */
  public Answer spendOfShare(long nowNanos) {
    if (!share.tryAcquire(1, nowNanos)) {
      return new Answer(Kind.REFUSED, share.nanosUntil(1, nowNanos));
    }
    spent++;
    return Answer.GRANTED;
  }

  /** Takes back that a permit was spent: what it was for was refused elsewhere. */
  public void unspend(long nowNanos) {
    if (spent >= 1) {
      spent--;
      permits++;
    }
    share.giveBack(1, nowNanos);
  }

  private void debitShare(long nowNanos) {
    share.tryAcquire(Math.min(1, share.available(nowNanos)), nowNanos);
  }

  /** What to ask for now; the permits there are belong to the leader again. */
  public Ask ask(double leaseSeconds, long nowNanos) {
    double seconds = Math.max(LEAST_DEMAND_SECONDS, (nowNanos - askedNanos) / 1e9);
    if (demand > 0) {
      wanted = Math.ceil(Math.min(burst, Math.max(1, (demand + 1) / seconds * leaseSeconds)));
    } else if (seconds > 2 * leaseSeconds) {
      wanted = Math.min(burst, FIRST_WANTED);
    }
    return giveUp(wanted, nowNanos);
  }

  /** Whether a lease is over of which something was not spent. */
  public boolean hasRest(long nowNanos) {
    return permits >= 1 && nowNanos >= leasedUntilNanos;
  }

  /** Tells the leader what was spent, and asks for nothing. */
  public Ask giveBack(long nowNanos) {
    return giveUp(0, nowNanos);
  }

  private Ask giveUp(double asked, long nowNanos) {
    double deficit = shareOf(burst, nodes) - share.available(nowNanos);
    Ask ask = new Ask(spent, asked, Math.max(0, deficit));
    permits = 0;
    spent = 0;
    demand = 0;
    askedNanos = nowNanos;
    return ask;
  }

  /**
   * The leader answered.
   *
   * @param granted permits, at most as many as were asked for
   * @param retryAfterNanos when it is likely to grant one; 0 = it did
   */
  public void onLease(Ask ask, double granted, long leaseNanos, long retryAfterNanos, long now) {
    permits = granted;
    spent = 0;
    leasedUntilNanos = now + leaseNanos;
    if (granted < ask.wanted()) {
      notBeforeNanos = now + Math.max(pauseNanos(), granted < 1 ? retryAfterNanos : 0);
    }
  }

  private long pauseNanos() {
    double halfBurstNanos = burst / ratePerSecond / 2 * 1e9;
    return (long) Math.max(LEAST_PAUSE_NANOS, Math.min(MOST_PAUSE_NANOS, halfBurstNanos));
  }
}
