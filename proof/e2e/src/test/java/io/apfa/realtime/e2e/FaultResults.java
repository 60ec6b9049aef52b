package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The figures of a fault test: printed, and kept under {@code proof/results} when {@code
 * apfa.faults.results} is set. Confined to the test's thread.
 */
final class FaultResults {
  private final String name;
  private final Map<String, Object> values = new LinkedHashMap<>();

  FaultResults(String name) {
    this.name = name;
    put("java", System.getProperty("java.version"));
    put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    put("cores", Runtime.getRuntime().availableProcessors());
    put("measured_at", System.currentTimeMillis() / 1000);
  }

  void put(String key, Object value) {
    values.put(key, value);
  }

  void put(String prefix, FleetFigures figures) {
    figures.asMap().forEach((key, value) -> put(prefix + "_" + key, value));
  }

  void finish() throws IOException {
    values.forEach((key, value) -> System.out.printf("%-56s %s%n", key, value));
    if (Boolean.getBoolean("apfa.faults.results")) {
      Path folder = Processes.ROOT.resolve("proof/results");
      Files.createDirectories(folder);
      Files.writeString(
          folder.resolve(name + ".json"), new JsonObject(values).encodePrettily() + "\n");
    }
  }
}
