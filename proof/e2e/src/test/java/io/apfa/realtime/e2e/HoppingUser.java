package io.apfa.realtime.e2e;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A user who gives commands at a steady rate, each at another gateway at random, on a thread of its
 * own. Thread-safe: what is read from outside is guarded by the object's monitor.
 */
final class HoppingUser implements AutoCloseable {
  static final String SECRET = "a secret of at least thirty-two characters";

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();
  private final String name;
  private final String token;
  private final List<ApfaProcess> gateways;
  private final long gapNanos;
  private final Random random;
  private final Thread thread;
  private final List<Long> acceptedNanos = new ArrayList<>();
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private volatile boolean closed;

  HoppingUser(String name, List<ApfaProcess> gateways, int perSecond, long seed) {
    this.name = name;
    this.token = token(name);
    this.gateways = gateways;
    this.gapNanos = 1_000_000_000L / perSecond;
    this.random = new Random(seed);
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private static String token(String user) {
    JsonObject claims =
        new JsonObject()
            .put("sub", user)
            .put("roles", List.of("operator"))
            .put("rooms", List.of("*"))
            .put("exp", System.currentTimeMillis() / 1000 + 3600);
    try {
      String signed = base64("{\"alg\":\"HS256\"}") + "." + base64(claims.encode());
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] signature = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void run() {
    long due = System.nanoTime();
    while (!closed) {
      try {
        command();
      } catch (IOException e) {
        note("connection"); // the node was killed: the next command goes elsewhere
      } catch (InterruptedException e) {
        return;
      }
      due += gapNanos;
      while (!closed && System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  private void command() throws IOException, InterruptedException {
    List<ApfaProcess> alive =
        gateways.stream().filter(gateway -> gateway.process().isAlive()).toList();
    ApfaProcess gateway = alive.get(random.nextInt(alive.size()));
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(gateway.url("/api/v1/tasks/" + UUID.randomUUID() + "/revoke")))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status == 202) {
      synchronized (this) {
        acceptedNanos.add(System.nanoTime());
      }
    }
    note(Integer.toString(status));
  }

  private synchronized void note(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  String name() {
    return name;
  }

  /** How many answers of each kind there were. */
  synchronized Map<String, Integer> outcomes() {
    return new TreeMap<>(outcomes);
  }

  /** Commands accepted from {@code fromNanos} until {@code untilNanos}. */
  synchronized long accepted(long fromNanos, long untilNanos) {
    return acceptedNanos.stream().filter(at -> at >= fromNanos && at < untilNanos).count();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
