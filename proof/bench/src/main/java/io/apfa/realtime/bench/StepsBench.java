package io.apfa.realtime.bench;

import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The steps of an event's way one by one, by JMH: nanoseconds and bytes allocated an event, a task,
 * a frame or a permit. What they share when they run together (caches, collector, compilers) is in
 * {@link IngestBench}, not here.
 *
 * <p>Arguments: seconds of warm-up and of measurement of each step (6).
 */
final class StepsBench {
  private static final int ROUNDS = 3;
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private StepsBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 6;
    TimeValue round = TimeValue.milliseconds(seconds * 1000L / ROUNDS);
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(Steps.class.getName() + "\\.")
                    .addProfiler(GCProfiler.class)
                    .forks(1)
                    .warmupIterations(ROUNDS)
                    .warmupTime(round)
                    .measurementIterations(ROUNDS)
                    .measurementTime(round)
                    .jvmArgsAppend("-Xmx1g")
                    .build())
            .run();
    Figures figures = new Figures("steps");
    for (RunResult result : results) {
      String step = result.getParams().getBenchmark();
      String name = words(step.substring(step.lastIndexOf('.') + 1));
      figures.put(name + "_ns", Figures.round(result.getPrimaryResult().getScore()));
      Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
      if (allocated != null) {
        figures.put(name + "_bytes", Math.round(allocated.getScore()));
      }
    }
    figures.finish();
  }

  private static String words(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
