package io.apfa.realtime.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The figures of one bench run: printed as a table and kept as JSON under {@code proof/results},
 * with the machine they were measured on. Confined to the bench's thread.
 */
final class Figures {
  private final String bench;
  private final Map<String, Object> values = new LinkedHashMap<>();

  Figures(String bench) {
    this.bench = bench;
    put("java", System.getProperty("java.version"));
    put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    put("cores", Runtime.getRuntime().availableProcessors());
    put("measured_at", System.currentTimeMillis() / 1000);
    String command = System.getProperty("apfa.bench.command");
    if (command != null) {
      put("command", command);
    }
  }

  /** Puts a number, a text, or lists and mappings of them. */
  void put(String name, Object value) {
    values.put(name, value);
  }

  /** Puts a latency's p50, p95, p99, mean and maximum, in milliseconds with two decimals. */
  void putLatency(String name, Histogram micros) {
    put(name + "_count", micros.getTotalCount());
    put(name + "_mean_ms", round(micros.getMean() / 1000));
    put(name + "_p50_ms", millis(micros, 50));
    put(name + "_p95_ms", millis(micros, 95));
    put(name + "_p99_ms", millis(micros, 99));
    put(name + "_max_ms", round(micros.getMaxValue() / 1000.0));
  }

  /** A percentile of {@code micros}, in milliseconds with two decimals. */
  static double millis(Histogram micros, double percentile) {
    return round(micros.getValueAtPercentile(percentile) / 1000.0);
  }

  static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  /** Prints the figures and keeps them. */
  void finish() throws IOException {
    values.forEach((name, value) -> System.out.printf("%-40s %s%n", name, value));
    Path folder = Path.of("proof", "results");
    Files.createDirectories(folder);
    Path file = folder.resolve(bench + ".json");
    try (JsonGenerator out =
        new JsonFactory()
            .createGenerator(file.toFile(), com.fasterxml.jackson.core.JsonEncoding.UTF8)) {
      out.useDefaultPrettyPrinter();
      out.writeStartObject();
      for (Map.Entry<String, Object> entry : values.entrySet()) {
        out.writeFieldName(entry.getKey());
        write(out, entry.getValue());
      }
      out.writeEndObject();
    }
    System.out.println("kept in " + file);
  }

  /** A number, a list, a mapping, or else a text. */
  private static void write(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Number number) {
      out.writeNumber(number.toString());
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object item : list) {
        write(out, item);
      }
      out.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(entry.getKey().toString());
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else {
      out.writeString(value.toString());
    }
  }
}
