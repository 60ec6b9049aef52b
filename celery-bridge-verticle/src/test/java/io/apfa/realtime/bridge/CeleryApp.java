package io.apfa.realtime.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real Celery app: workers and a sender, as processes of their own that end with it. Debian's
 * Celery runs under Debian's Python. Confined to the test's thread.
 */
final class CeleryApp implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<Worker> workers = new ArrayList<>();

  CeleryApp(String brokerUrl, String backendUrl) {
    try {
      folder = Files.createTempDirectory("apfa-celery");
      for (String file : List.of("orders.py", "send.py")) {
        try (InputStream in = CeleryApp.class.getResourceAsStream("/celery/" + file)) {
          Files.copy(in, folder.resolve(file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    with("ORDERS_BROKER", brokerUrl);
    with("ORDERS_BACKEND", backendUrl);
  }

  CeleryApp with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** A running worker. */
  static final class Worker {
    private final String hostname;
    private final Path log;
    private final Process process;

    Worker(String hostname, Path log, Process process) {
      this.hostname = hostname;
      this.log = log;
      this.process = process;
    }

    String hostname() {
      return hostname;
    }

    String log() {
      try {
        return Files.readString(log, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    boolean isAlive() {
      return process.isAlive();
    }

    /** Like kill -STOP: it lives, and says nothing more. */
    void pause() {
      try {
        new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start().waitFor();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Like kill -9, for the worker and its pool. */
    void kill() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Starts a worker that sends task events, and waits until it says that it is ready. */
  Worker startWorker(String hostname, String... options) {
    return start(hostname, Stream.concat(Stream.of("-E"), Stream.of(options)).toList());
  }

  /** Starts a worker that sends no task events until it is told to. */
  Worker startQuietWorker(String hostname, String... options) {
    with("ORDERS_CONF", "{\"worker_send_task_events\": false}");
    try {
      return start(hostname, List.of(options));
    } finally {
      environment.remove("ORDERS_CONF");
    }
  }

  private Worker start(String hostname, List<String> options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                PYTHON,
                "-m",
                "celery",
                "-A",
                "orders",
                "worker",
                "-n",
                hostname,
                "-l",
                "INFO",
                "--heartbeat-interval",
                "2"));
    command.addAll(options);
    Path log = folder.resolve("worker-" + workers.size() + ".log");
    Worker worker = new Worker(hostname, log, launch(command, log));
    workers.add(worker);
    Awaitility.await("worker " + hostname)
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () -> {
              if (!worker.isAlive()) {
                throw new IllegalStateException(worker.log());
              }
              return worker.log().contains(" ready.");
            });
    return worker;
  }

  /** Sends a task, with {@code args} and {@code options} as JSON; the ids printed. */
  List<String> send(String name, String args, String options) {
    Path out = folder.resolve("send.out");
    Process process = launch(List.of(PYTHON, "send.py", name, args, options), out);
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException(Files.readString(out));
      }
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  String send(String name, String args) {
    return send(name, args, "{}").get(0);
  }

  private Process launch(List<String> command, Path out) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("C_FORCE_ROOT", "1");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("Celery (expected: make test installs it)", e);
    }
  }

  @Override
  public void close() {
    workers.forEach(Worker::kill);
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
