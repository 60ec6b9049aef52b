package io.apfa.realtime.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An OpenTelemetry collector as far as an exporter sees one: it takes OTLP over HTTP on a free
 * loopback port and keeps the spans. Thread-safe: concurrent collections, atomics and a volatile.
 */
public final class TraceCollector implements AutoCloseable {
  private static final String PATH = "/v1/traces";

  private final HttpServer server;
  private final List<CollectedSpan> spans = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private final AtomicInteger requests = new AtomicInteger();

  private TraceCollector(HttpServer server) {
    this.server = server;
  }

  /** Starts one. */
  public static TraceCollector start() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      TraceCollector collector = new TraceCollector(server);
      server.createContext(PATH, collector::onRequest);
      server.start();
      return collector;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void onRequest(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    int answer = "application/x-protobuf".equals(type) ? status : 415;
    if (answer == 200) {
      spans.addAll(OtlpReader.spans(body));
    }
    requests.incrementAndGet();
    exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(answer, -1);
    exchange.close();
  }

  /** What to give as the endpoint. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Answers every request with {@code newStatus} from now on; takes spans only with 200. */
  public void answer(int newStatus) {
    status = newStatus;
  }

  /** Requests so far, refused ones included. */
  public int requests() {
    return requests.get();
  }

  /** Every span that it took. */
  public List<CollectedSpan> spans() {
    return List.copyOf(spans);
  }

  /** The spans of each trace that has one named {@code name}, by their names. */
  public List<Map<String, CollectedSpan>> tracesWith(String name) {
    Map<String, Map<String, CollectedSpan>> traces = new HashMap<>();
    for (CollectedSpan span : spans) {
      traces.computeIfAbsent(span.traceId(), id -> new HashMap<>()).put(span.name(), span);
    }
    List<Map<String, CollectedSpan>> found = new ArrayList<>(traces.values());
    found.removeIf(trace -> !trace.containsKey(name));
    return found;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
