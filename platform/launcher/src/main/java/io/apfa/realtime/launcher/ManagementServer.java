package io.apfa.realtime.launcher;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;

/**
 * The port for operators, never the public one: {@code /health/live}, {@code /health/ready} with
 * reasons, {@code /metrics}.
 *
 * <p>Confined to the context that started it.
 */
final class ManagementServer {
  private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

  private final Readiness readiness;
  private final PrometheusMeterRegistry registry;

  ManagementServer(Readiness readiness, PrometheusMeterRegistry registry) {
    this.readiness = readiness;
    this.registry = registry;
  }

  /** Listens; fails when the port is taken. */
  Future<HttpServer> listen(Vertx vertx, String host, int port) {
    return vertx.createHttpServer().requestHandler(this::onRequest).listen(port, host);
  }

  private void onRequest(HttpServerRequest request) {
    switch (request.path()) {
      case "/health/live" -> answer(request, 200, "text/plain", "alive\n");
      case "/health/ready" ->
          readiness
              .ask()
              .onSuccess(
                  answer ->
                      answer(request, answer.isReady() ? 200 : 503, "text/plain", answer.text()));
      case "/metrics" -> answer(request, 200, TEXT_FORMAT, metrics());
      default ->
          answer(
              request,
              404,
              "text/plain",
              "not here (expected: /health/live, /health/ready or /metrics)\n");
    }
  }

  private static void answer(HttpServerRequest request, int status, String type, String body) {
    request.response().setStatusCode(status).putHeader("Content-Type", type).end(body);
  }

  /**
   * What is scraped. The registry renames a gauge that ends in {@code _total}, so the
   * specification's {@code apfa_ws_connections_total} is written here from the gauge {@code
   * apfa_ws_connections}.
   */
  private String metrics() {
    StringBuilder text = new StringBuilder(registry.scrape(TEXT_FORMAT));
    double connections = 0;
    for (Gauge gauge : registry.find("apfa_ws_connections").gauges()) {
      connections += gauge.value();
    }
    return text.append("# HELP apfa_ws_connections_total Open sessions of this gateway.\n")
        .append("# TYPE apfa_ws_connections_total gauge\n")
        .append("apfa_ws_connections_total ")
        .append(connections)
        .append('\n')
        .toString();
  }
}
