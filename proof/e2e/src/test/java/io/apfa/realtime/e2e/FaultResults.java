package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The figures of a fault test: printed as they come, and kept under {@code proof/results} when
 * {@code apfa.faults.results} is set. What was kept of faults that this run leaves out stays.
 * Confined to the test's thread.
 */
final class FaultResults {
  private final Path file;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, Long> worst = new HashMap<>();

  FaultResults(String name) throws IOException {
    file = Processes.ROOT.resolve("proof/results").resolve(name + ".json");
    if (isKept() && Files.exists(file)) {
      values.putAll(new JsonObject(Files.readString(file)).getMap());
    }
    put("java", System.getProperty("java.version"));
    put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    put("cores", Runtime.getRuntime().availableProcessors());
    put("measured_at", System.currentTimeMillis() / 1000);
  }

  void put(String key, Object value) {
    values.put(key, value);
    System.out.printf("%-56s %s%n", key, value);
  }

  /** Puts the greatest of the values that this run gave to {@code key}. */
  void worst(String key, long value) {
    long before = worst.getOrDefault(key, Long.MIN_VALUE);
    worst.put(key, Math.max(before, value));
    put(key, Math.max(before, value));
  }

  void put(String prefix, FleetFigures figures) {
    figures.asMap().forEach((key, value) -> put(prefix + "_" + key, value));
  }

  /** Keeps what was put until now, so that a later fault's failure loses none of it. */
  void keep() throws IOException {
    if (isKept()) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, new JsonObject(values).encodePrettily() + "\n");
    }
  }

  private static boolean isKept() {
    return Boolean.getBoolean("apfa.faults.results");
  }
}
