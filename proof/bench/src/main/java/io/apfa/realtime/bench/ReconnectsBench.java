package io.apfa.realtime.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The timetable by which our client comes back while nobody answers, in real time, beside the
 * specification's. Takes five minutes and a half.
 *
 * <p>Arguments: clients (100).
 */
final class ReconnectsBench {
  /** The specification's delay before each attempt, in seconds. */
  private static final int[] SPECIFICATION = {1, 2, 4, 8, 16, 32, 60, 60, 60, 60};

  private ReconnectsBench() {}

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int clients = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    Figures figures = new Figures("reconnects");
    int nobody = ServerProcess.freePort();
    try (NodeProbe probe = NodeProbe.open("drops/reconnects.mjs", "" + nobody, "" + clients)) {
      Map<String, Object> seen = probe.ask("report");
      List<Map<String, Object>> rows = new ArrayList<>();
      int attempts = ((Number) of(seen, "attempts")).intValue();
      for (int attempt = 1; attempt <= attempts; attempt++) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("attempt", attempt);
        row.put(
            "specification_delay_s",
            attempt <= SPECIFICATION.length ? SPECIFICATION[attempt - 1] : 0);
        for (String figure : List.of("delay", "since")) {
          for (String spread : List.of("least", "median", "most")) {
            row.put(
                (figure.equals("delay") ? "delay_s_" : "since_first_s_") + spread,
                of(seen, figure + "_" + attempt + "_" + spread));
          }
        }
        rows.add(row);
      }
      figures.put("clients", clients);
      figures.put("attempts_of_every_client", of(seen, "attempts_of_all"));
      figures.put("polling_after_s_median", of(seen, "polling_median"));
      figures.put("polling_after_s_most", of(seen, "polling_most"));
      figures.put("rows", rows);
    }
    figures.finish();
  }

  private static Object of(Map<String, Object> seen, String name) {
    return Objects.requireNonNull(seen.get(name), name);
  }
}
