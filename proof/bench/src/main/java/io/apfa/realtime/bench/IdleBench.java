package io.apfa.realtime.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Memory of an idle session: resident bytes of the whole process per session of one transport,
 * after a full collection, over what it took before. Arguments: sessions (9,500).
 */
final class IdleBench {
  private static final int WARM_UP = 500;

  /** Whether what makes up the memory is told too. */
  private static final String HISTOGRAM = "apfa.histogram";

  private IdleBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 9_500;
    Figures figures = new Figures("idle-" + sessions);
    figures.put("sessions", sessions);
    for (IdleClients.Transport transport : IdleClients.Transport.values()) {
      if (arguments.length < 2 || transport.name().equalsIgnoreCase(arguments[1])) {
        measure(figures, transport, sessions);
      }
    }
    figures.finish();
  }

  private static void measure(Figures figures, IdleClients.Transport transport, int sessions)
      throws Exception {
    Path limits = Files.createTempFile("apfa-idle", ".yaml");
    Files.writeString(limits, "gateway:\n  connects-per-second: 100000\n");
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", limits.toString()))) {
      try (IdleClients warm = new IdleClients(cluster.httpPort(), transport)) {
        warm.open(WARM_UP);
      }
      ServerProcess.waitFor("no session", () -> sessionsAt(cluster.managementPort()) == 0);
      long before = collectedRssBytes(cluster.node());
      if (Boolean.getBoolean(HISTOGRAM)) {
        cluster.node().jcmd("VM.native_memory baseline"); // told below, when it is tracked
      }
      try (IdleClients idle = new IdleClients(cluster.httpPort(), transport)) {
        idle.open(sessions);
        ServerProcess.waitFor(
            "every session", () -> sessionsAt(cluster.managementPort()) == sessions);
        long rss = collectedRssBytes(cluster.node());
        String name = transport.name().toLowerCase(Locale.ROOT);
        figures.put(
            name + "_rss_bytes_per_session", Math.round((rss - before) / (double) sessions));
        if (Boolean.getBoolean(HISTOGRAM)) {
          System.out.println(cluster.node().jcmd("GC.class_histogram").lines().limit(60).toList());
          System.out.println(cluster.node().jcmd("VM.native_memory summary.diff scale=KB"));
          System.out.println(cluster.node().jcmd("GC.heap_info"));
        }
      }
    } finally {
      Files.delete(limits);
    }
  }

  /** Resident bytes after collections: what is dead is not counted, nor memory just given back. */
  private static long collectedRssBytes(ServerProcess server) throws Exception {
    String done = "";
    for (int i = 0; i < 3; i++) {
      done = server.jcmd("GC.run");
    }
    if (!done.contains("executed")) {
      throw new IllegalStateException("GC.run: " + done);
    }
    return server.rssBytes();
  }

  private static long sessionsAt(int managementPort) throws Exception {
    return ServerProcess.get("http://127.0.0.1:" + managementPort + "/metrics")
        .lines()
        .filter(line -> line.startsWith("apfa_ws_connections_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
