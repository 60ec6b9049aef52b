package io.apfa.realtime.launcher;

import io.apfa.realtime.launcher.demo.DemoWorkload;
import io.apfa.realtime.launcher.demo.EmbeddedRedis;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts what a configuration asks for, in order (embedded Redis, node, demo), and stops it in the
 * opposite order on SIGINT and SIGTERM.
 *
 * <p>Confined to the main thread and, when stopping, to the shutdown hook.
 */
final class Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
  private static final int FAILED = 1;
  private static final long START_SECONDS = 120;

  private final Configuration configuration;
  private @Nullable EmbeddedRedis redis;
  private @Nullable RunningNode node;
  private @Nullable DemoWorkload demo;

  private Launcher(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Starts a node; -1 when it runs now, else the exit status. */
  static int launch(Configuration configuration) {
    Launcher launcher = new Launcher(configuration);
    CountDownLatch stopped = new CountDownLatch(1);
    try {
      launcher.start();
    } catch (LaunchException e) {
      System.err.println("apfa-realtime: cannot start:\n" + e.getMessage());
      launcher.stop();
      return FAILED;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  launcher.stop();
                  stopped.countDown();
                },
                "apfa-shutdown"));
    return -1;
  }

  private void start() throws LaunchException {
    Configuration effective = configuration;
    boolean embedded = configuration.brokerUrl().isEmpty();
    if (embedded) {
      redis = EmbeddedRedis.start();
      effective = configuration.withBroker(redis.url());
      System.out.println("embedded Redis   " + redis.url());
    }
    node = await(effective);
    if (configuration.command().demo() || embedded) {
      demo = DemoWorkload.start(node.vertx(), effective.brokerUrl());
      System.out.println("demo workload    " + demo.describe());
    }
    node.describe().forEach(System.out::println);
  }

  private static RunningNode await(Configuration configuration) throws LaunchException {
    try {
      return RunningNode.start(configuration)
          .toCompletionStage()
          .toCompletableFuture()
          .get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      LOG.debug("start failed", cause);
      throw new LaunchException(String.valueOf(cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw new LaunchException("not started within " + START_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException("interrupted while starting", e);
    }
  }

  private void stop() {
    close("demo workload", demo);
    RunningNode running = node;
    if (running != null) {
      try {
        running
            .stop()
            .toCompletionStage()
            .toCompletableFuture()
            .get(running.longestStop().toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        LOG.warn("node not stopped cleanly: {}", e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    close("embedded Redis", redis);
  }

  private static void close(String what, @Nullable AutoCloseable resource) {
    if (resource == null) {
      return;
    }
    try {
      resource.close();
    } catch (Exception e) {
      LOG.warn("{} not stopped cleanly: {}", what, e.toString());
    }
  }

  /** Why a node could not be started, for the person who started it. */
  static final class LaunchException extends Exception {
    LaunchException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
