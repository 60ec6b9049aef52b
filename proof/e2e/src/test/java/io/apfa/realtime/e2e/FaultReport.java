package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * What fault tests measured: a line on the console, and one in {@code proof/results/faults.jsonl}
 * when {@code apfa.faults.report} is set, as {@code make chaos} does. Immutable.
 */
final class FaultReport {
  private static final Path FILE = Processes.ROOT.resolve("proof/results/faults.jsonl");

  private FaultReport() {}

  static void add(String fault, Map<String, ?> figures) {
    System.out.println("fault: " + fault + " " + new TreeMap<>(figures));
    if (!Boolean.getBoolean("apfa.faults.report")) {
      return;
    }
    JsonObject line =
        new JsonObject()
            .put("fault", fault)
            .put("measured_at", System.currentTimeMillis() / 1000)
            .put("java", System.getProperty("java.version"))
            .put("cores", Runtime.getRuntime().availableProcessors());
    new TreeMap<>(figures).forEach(line::put);
    try {
      Files.writeString(
          FILE, line.encode() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
