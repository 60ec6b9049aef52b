package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.util.Map;
import java.util.Objects;

/**
 * How smoothly the Tasks page runs in a real Chromium while events pour in: the time between its
 * frames, its long tasks (over 50 ms on the main thread), and its heap; beside the same page with
 * no events, with the pointer on its rows (they hold still), and slowed down four times, also in
 * the size of a phone. Chromium, the system, Redis and the load share this machine's cores.
 *
 * <p>Arguments: events per second (1,000), tasks in the table (10,000), seconds measured (20),
 * seconds of heap after that (60). {@code 1000 10000 5 600} is ten minutes of heap.
 */
final class PageBench {
  private static final int FILL_EVENTS_PER_SECOND = 10_000;
  private static final int QUIET_SECONDS = 10;
  private static final int WARMUP_SECONDS = 15;

  /** A page's main thread on a machine that is so many times slower: a phone, an old laptop. */
  private static final int SLOW_TIMES = 4;

  private static final int HEAP_EVERY_SECONDS = 10;

  private static final int HEAP_SECONDS = 60;

  /** Times between two figures of the heap in a long run. */
  private static final int HEAP_FIGURES = 6;

  /**
   * Where CPU profiles of the page on a slow machine are kept, for Chromium's own tools: the
   * beginning of their names. None by default.
   */
  private static final String PROFILE = System.getProperty("apfa.bench.profile", "");

  private final Figures figures;

  private PageBench(Figures figures) {
    this.figures = figures;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int tasks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000;
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    int heapSeconds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : HEAP_SECONDS;
    String name = "page-" + rate + (heapSeconds > HEAP_SECONDS ? "-" + heapSeconds : "");
    Figures figures = new Figures(name);
    figures.put("events_per_second", rate);
    figures.put("tasks", tasks);
    figures.put("slow_times", SLOW_TIMES);
    new PageBench(figures).run(rate, tasks, seconds, heapSeconds);
    figures.finish();
  }

  private void run(int rate, int tasks, int seconds, int heapSeconds) throws Exception {
    try (Cluster cluster = Cluster.start(1, Map.of());
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      int events = tasks * IngestLoad.PER_TASK;
      new IngestLoad(1).publish(publisher, events, FILL_EVENTS_PER_SECOND);
      IngestLoad.await(cluster.managementPort(), events);
      try (NodeProbe page =
              NodeProbe.open(
                  "page_frames.mjs", "http://127.0.0.1:" + cluster.httpPort() + "/tasks");
          SteadyLoad load = SteadyLoad.staggered(publisher, rate)) {
        Pause.seconds(WARMUP_SECONDS);
        measure(page, "quiet", QUIET_SECONDS);
        load.start();
        Pause.seconds(WARMUP_SECONDS);
        long offset = TaskPages.offset(cluster.httpPort());
        double cpu = cluster.cpuSeconds();
        measure(page, "loaded", seconds);
        figures.put(
            "loaded_updates_per_second",
            Figures.round((TaskPages.offset(cluster.httpPort()) - offset) / (double) seconds));
        figures.put(
            "server_cpu_percent", Figures.round((cluster.cpuSeconds() - cpu) / seconds * 100));
        page.ask("pointer on");
        measure(page, "read", seconds);
        page.ask("pointer off");
        page.ask("slow " + SLOW_TIMES);
        measure(page, "slow", seconds);
        profile(page, "slow", seconds);
        page.ask("size 360 740");
        Pause.seconds(WARMUP_SECONDS / 3);
        measure(page, "slow_phone", seconds);
        profile(page, "slow_phone", seconds);
        page.ask("size 1440 900");
        page.ask("slow 1");
        heap(page, heapSeconds);
        page.ask("state").forEach((name, value) -> figures.put("page_" + name, value));
      }
    }
  }

  private static void profile(NodeProbe page, String name, int seconds) throws Exception {
    if (!PROFILE.isEmpty()) {
      page.ask("profile " + seconds + " " + PROFILE + "-" + name + ".cpuprofile");
    }
  }

  private void measure(NodeProbe page, String name, int seconds) throws Exception {
    page.ask("measure " + seconds).forEach((each, value) -> figures.put(name + "_" + each, value));
  }

  /**
   * The page's heap after a collection, while the events go on: every ten seconds, in a long run
   * every so much longer that there are seven figures; and how much it grows in a minute, as the
   * line through all but the first says, which may be older than the page's memory of tasks is
   * full.
   */
  private void heap(NodeProbe page, int seconds) throws Exception {
    int every = Math.max(HEAP_EVERY_SECONDS, seconds / HEAP_FIGURES);
    Slope slope = new Slope();
    for (int at = 0; at <= seconds; at += every) {
      if (at > 0) {
        Pause.seconds(every);
      }
      String name = "heap_at_" + at + "_s_";
      Map<String, Object> said = page.ask("heap");
      said.forEach((each, value) -> figures.put(name + each, value));
      if (at > 0) {
        slope.add(at, ((Number) Objects.requireNonNull(said.get("mb"))).doubleValue());
      }
    }
    if (seconds >= 2 * every) {
      figures.put("heap_growth_mb_per_minute", Figures.round(slope.growth().perHour() / 60));
    }
  }
}
