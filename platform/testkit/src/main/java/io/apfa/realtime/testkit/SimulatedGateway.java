package io.apfa.realtime.testkit;

/**
 * A gateway whose flushes cost processor time, second by second: more work than its processors can
 * do waits, five seconds of it at most, and what waits shows as drain lag.
 *
 * <p>Confined to its owner's thread.
 */
public final class SimulatedGateway {
  private static final double MOST_BACKLOG_SECONDS = 5;

  private final double flushSeconds;
  private final double otherSeconds;
  private double backlogSeconds;

  /**
   * What was seen in a second.
   *
   * @param drainLagMillis how long the oldest write waits
   * @param cpu share of the processors in use, 0 to 1
   */
  public record Second(long drainLagMillis, double cpu) {}

  /**
   * An idle gateway.
   *
   * @param flushSeconds processor time of a flush to all sessions
   * @param otherSeconds processor time of all else, in each second
   */
  public SimulatedGateway(double flushSeconds, double otherSeconds) {
    this.flushSeconds = flushSeconds;
    this.otherSeconds = otherSeconds;
  }

  /** Lets a second pass with a flush each {@code intervalMillis} on {@code processors}. */
  public Second next(long intervalMillis, double processors) {
    double wanted = otherSeconds + flushSeconds * 1000 / intervalMillis + backlogSeconds;
    double done = Math.min(processors, wanted);
    backlogSeconds = Math.min(MOST_BACKLOG_SECONDS, wanted - done);
    return new Second((long) (1000 * backlogSeconds / processors), done / processors);
  }
}
