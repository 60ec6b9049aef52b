package io.apfa.realtime.launcher.demo;

import io.apfa.realtime.runtime.SystemClock;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something to watch: a real Celery when a {@code celery} command is on the PATH, else (or when
 * that one does not stay up, for instance because its Python lacks the redis package) a generator
 * that puts the same messages on the wire.
 *
 * <p>Thread-safe: its methods are synchronized. {@link #close} blocks, so not for event loops.
 */
public final class DemoWorkload implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DemoWorkload.class);
  private static final int STOP_SECONDS = 3;

  private final Vertx vertx;
  private final String brokerUrl;
  private String description = "";
  private @Nullable CeleryWorkload celery;
  private @Nullable EventGenerator generator;
  private boolean isClosed;

  private DemoWorkload(Vertx vertx, String brokerUrl) {
    this.vertx = vertx;
    this.brokerUrl = brokerUrl;
  }

  /**
   * Starts the demo on the broker and returns at once.
   *
   * @param brokerUrl a Redis; also any other broker that Celery knows, if there is a real Celery
   * @throws IllegalArgumentException if there is none and the broker is not a Redis
   */
  public static DemoWorkload start(Vertx vertx, String brokerUrl) {
    return start(vertx, brokerUrl, SearchPath.ofEnvironment());
  }

  /** As {@link #start(Vertx, String)}, looking for {@code celery} on {@code path}. */
  static DemoWorkload start(Vertx vertx, String brokerUrl, SearchPath path) {
    DemoWorkload workload = new DemoWorkload(vertx, brokerUrl);
    Optional<Path> celery = path.find("celery");
    if (celery.isPresent()) {
      workload.startCelery(celery.get());
    } else if (workload.isRedis()) {
      workload.startGenerator("no celery command on the PATH");
    } else {
      throw new IllegalArgumentException(
          "demo: a broker that is not redis:// (expected: a celery command on the PATH)");
    }
    return workload;
  }

  /** What runs, for people. */
  public synchronized String describe() {
    return description;
  }

  /** Ends what runs, within a few seconds. */
  @Override
  public void close() {
    CeleryWorkload running;
    EventGenerator generating;
    synchronized (this) {
      isClosed = true;
      running = celery;
      generating = generator;
      celery = null;
      generator = null;
    }
    if (running != null) {
      running.close();
    }
    if (generating != null) {
      stop(generating);
    }
  }

  private synchronized void startCelery(Path command) {
    description = "a real Celery worker (" + command + ")";
    celery = CeleryWorkload.start(command, brokerUrl, this::onCeleryEnd);
  }

  private synchronized void startGenerator(String reason) {
    description = "a generator of Celery's messages (" + reason + ")";
    EventGenerator started = new EventGenerator(vertx, brokerUrl, new SystemClock(), new Random());
    started.start();
    generator = started;
  }

  private void onCeleryEnd(String lastLines) {
    CeleryWorkload rest;
    synchronized (this) {
      rest = celery;
      celery = null;
      if (isClosed || rest == null) {
        return;
      }
      LOG.warn("demo: Celery did not stay up: {}", lastLines);
      if (isRedis()) {
        startGenerator("Celery did not stay up");
      } else {
        description = "nothing (Celery did not stay up)";
      }
    }
    rest.close();
  }

  private boolean isRedis() {
    String url = brokerUrl.toLowerCase(Locale.ROOT);
    return url.startsWith("redis:") || url.startsWith("rediss:");
  }

  private static void stop(EventGenerator generator) {
    CompletableFuture<Void> stopped = generator.stop().toCompletionStage().toCompletableFuture();
    try {
      stopped.get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("demo: the generator did not stop cleanly", e);
    }
  }
}
