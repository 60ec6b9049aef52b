package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * A browser's SockJS session over one of its HTTP transports, cookies kept, on a thread of its own:
 * it registers in {@code celery:tasks} and checks that the frames follow each other. Thread-safe:
 * what is read from outside is guarded by the object's monitor.
 */
final class SockJsClient implements AutoCloseable {
  private static final long RETRY_NANOS = 200_000_000;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;
  private final boolean streaming;
  private final Thread thread;
  private final List<String> violations = new ArrayList<>();
  private volatile boolean closing;
  private long offset = -1;
  private int rows;
  private int requests;
  private boolean opened;

  /** By hand, as browsers do it: java.net's CookieManager sends $Version and quotes the value. */
  private volatile String cookie = "";

  SockJsClient(String url, boolean streaming) {
    this.base = url + "/eventbus/000/" + UUID.randomUUID();
    this.streaming = streaming;
    this.thread = new Thread(this::run, streaming ? "xhr-streaming" : "xhr-polling");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      receive();
      while (!closing) {
        receive();
      }
    } catch (IOException | RuntimeException e) {
      if (!closing) {
        violation(e.toString());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One request for frames: a poll, or a stream until the server ends it. */
  private void receive() throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        http.send(
            request(streaming ? "/xhr_streaming" : "/xhr")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    synchronized (this) {
      requests++;
    }
    response
        .headers()
        .firstValue("Set-Cookie")
        .ifPresent(value -> cookie = value.substring(0, value.indexOf(';')));
    if (response.statusCode() == 503 && !opened) {
      // A gateway under pressure takes no new session: a client comes again.
      response.body().close();
      LockSupport.parkNanos(RETRY_NANOS);
      return;
    }
    if (response.statusCode() != 200) {
      closing = true;
      violation("status " + response.statusCode() + " (another gateway knows no such session)");
      return;
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null && !closing; line = lines.readLine()) {
        onFrame(line);
      }
    }
  }

  private void onFrame(String frame) throws IOException, InterruptedException {
    switch (frame.isEmpty() ? 'h' : frame.charAt(0)) {
      case 'o' -> {
        if (opened) {
          violation("opened again: this gateway is not the one of the request before");
        }
        opened = true;
        send(
            "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\"json\"}}");
      }
      case 'a' -> {
        JsonArray messages = new JsonArray(frame.substring(1));
        for (int i = 0; i < messages.size(); i++) {
          onMessage(new JsonObject(messages.getString(i)));
        }
      }
      case 'c' -> violation("closed: " + frame);
      default -> {
        // a heartbeat, or the prelude of a stream
      }
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
    return cookie.isEmpty() ? request : request.header("Cookie", cookie);
  }

  private void send(String message) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            request("/xhr_send")
                .POST(HttpRequest.BodyPublishers.ofString(new JsonArray().add(message).encode()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 204) {
      violation("xhr_send: status " + response.statusCode());
    }
  }

  private synchronized void onMessage(JsonObject message) {
    JsonObject body = message.getJsonObject("body");
    if ("registered".equals(message.getString("type"))) {
      String position = body.getString("position");
      offset = Long.parseLong(position.substring(position.lastIndexOf(':') + 1));
    } else if ("rec".equals(message.getString("type"))) {
      if (body.getLong("from") > offset + 1 || body.getLong("offset") <= offset) {
        violations.add(body.getLong("from") + "…" + body.getLong("offset") + " after " + offset);
      }
      offset = body.getLong("offset");
      rows += body.getInteger("count");
    } else if ("err".equals(message.getString("type"))) {
      violations.add(message.encode());
    }
  }

  private synchronized void violation(String what) {
    violations.add(what);
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** Updates received. */
  synchronized int rows() {
    return rows;
  }

  /** Requests for frames that were answered. */
  synchronized int requests() {
    return requests;
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
  }
}
