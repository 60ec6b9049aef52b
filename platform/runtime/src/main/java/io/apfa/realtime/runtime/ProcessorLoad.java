package io.apfa.realtime.runtime;

import java.lang.management.ManagementFactory;

/**
 * How much of the processors this process may use it does use: from one question to the next, 0 =
 * none, 1 = all of them. Each who asks has an object of its own, so one does not shorten the
 * other's time.
 *
 * <p>What other processes take is not in it: a node that gets no processor shows a late event loop
 * instead.
 *
 * <p>Confined to its verticle's context.
 */
public final class ProcessorLoad {
  private final Meter meter;
  private long askedNanos;
  private long usedNanos;

  /** What the operating system knows of this process. */
  public interface Meter {
    /** Processor time used since the process began, in nanoseconds; negative = not known. */
    long usedNanos();

    /** Processors the process may use now; it may change while it runs. */
    int processors();
  }

  /** A load that counts from {@code nowNanos}, in nanoseconds of any one monotonic ticker. */
  public ProcessorLoad(Meter meter, long nowNanos) {
    this.meter = meter;
    this.askedNanos = nowNanos;
    this.usedNanos = meter.usedNanos();
  }

  /** The load of this process. */
  public static ProcessorLoad ofThisProcess(long nowNanos) {
    return new ProcessorLoad(new SystemMeter(), nowNanos);
  }

  /** The load since the last question, 0 to 1; 0 when it is not known. */
  public double sinceLast(long nowNanos) {
    long used = meter.usedNanos();
    double elapsedNanos = (double) (nowNanos - askedNanos) * Math.max(1, meter.processors());
    double load = (used - usedNanos) / elapsedNanos;
    boolean known = used >= 0 && usedNanos >= 0 && elapsedNanos > 0;
    askedNanos = nowNanos;
    usedNanos = used;
    return known ? Math.max(0, Math.min(1, load)) : 0;
  }

  private static final class SystemMeter implements Meter {
    private final java.lang.management.OperatingSystemMXBean system =
        ManagementFactory.getOperatingSystemMXBean();

    @Override
    public long usedNanos() {
      return system instanceof com.sun.management.OperatingSystemMXBean known
          ? known.getProcessCpuTime()
          : -1;
    }

    @Override
    public int processors() {
      return system.getAvailableProcessors();
    }
  }
}
