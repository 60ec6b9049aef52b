package io.apfa.realtime.launcher.trace;

import io.apfa.realtime.runtime.OptionsReader;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where spans go, and of how much.
 *
 * <p>Immutable.
 *
 * @param endpoint the collector's URL; empty = tracing is off, the default
 * @param sampleRatio share of the batches of events that are traced, 0 to 1
 * @param commandSampleRatio share of the commands that are traced, 0 to 1
 * @param serviceName what the collector knows all nodes of this system by
 */
public record TracingOptions(
    String endpoint, double sampleRatio, double commandSampleRatio, String serviceName) {
  private static final String ENDPOINT = "tracing.endpoint";
  private static final String EXPECTED =
      "empty, or http:// or https:// and a collector's host, as in http://collector:4318";
  private static final String DEFAULT_PATH = "/v1/traces";

  /** Reads {@code tracing.*}; problems are noted in {@code reader}. */
  public static TracingOptions from(OptionsReader reader) {
    return new TracingOptions(
        endpoint(reader),
        reader.share("tracing.sample-ratio", 0.001),
        reader.share("tracing.command-sample-ratio", 1),
        reader.text("tracing.service-name", "apfa-realtime", name -> !name.isEmpty(), "a name"));
  }

  private static String endpoint(OptionsReader reader) {
    String endpoint = reader.text(ENDPOINT, "");
    if (endpoint.isEmpty() || isCollector(endpoint)) {
      return endpoint;
    }
    // what stands before an @ may be a password
    reader.problem(ENDPOINT, endpoint.contains("@") ? "…" : endpoint, EXPECTED);
    return "";
  }

  private static boolean isCollector(String endpoint) {
    try {
      URI url = new URI(endpoint);
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      return http
          && url.getHost() != null
          && url.getUserInfo() == null
          && url.getQuery() == null
          && url.getFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Whether spans go anywhere. */
  public boolean isOn() {
    return !endpoint.isEmpty();
  }

  /** Where they are posted to: the endpoint, with OTLP's own path if it has none. */
  String tracesUrl() {
    String path = URI.create(endpoint).getPath();
    return switch (path) {
      case "" -> endpoint + DEFAULT_PATH;
      case "/" -> endpoint.substring(0, endpoint.length() - 1) + DEFAULT_PATH;
      default -> endpoint;
    };
  }
}
