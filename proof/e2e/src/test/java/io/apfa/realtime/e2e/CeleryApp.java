package io.apfa.realtime.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A real Celery worker of Debian's Celery with {@code e2e_app.py}, and its producer. Confined to
 * the test's thread.
 */
final class CeleryApp implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final Path folder;
  private final Map<String, String> environment;
  private final Path output = Processes.temporaryFile("celery");
  private final Process worker;

  private CeleryApp(Path folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
    this.worker =
        Processes.start(
            List.of(
                PYTHON,
                "-m",
                "celery",
                "-A",
                "e2e_app",
                "worker",
                "-E",
                "-n",
                "e2e@worker",
                "--concurrency=4",
                "--loglevel=INFO"),
            environment,
            output);
  }

  /** Starts a worker on {@code brokerUrl} and waits until it takes tasks. */
  static CeleryApp start(String brokerUrl) {
    return begin(brokerUrl).awaitReady();
  }

  /** The same, without waiting. */
  static CeleryApp begin(String brokerUrl) {
    try {
      Path folder = Files.createTempDirectory("apfa-e2e-app");
      try (InputStream source = CeleryApp.class.getResourceAsStream("/e2e_app.py")) {
        Files.write(folder.resolve("e2e_app.py"), source.readAllBytes());
      }
      Map<String, String> environment = new HashMap<>();
      environment.put("E2E_BROKER_URL", brokerUrl);
      environment.put("PYTHONPATH", folder.toString());
      environment.put("C_FORCE_ROOT", "1");
      return new CeleryApp(folder, environment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  CeleryApp awaitReady() {
    await("celery worker ready")
        .atMost(Duration.ofMinutes(2))
        .until(() -> log().contains("ready."));
    return this;
  }

  /** Publishes the tasks of {@code scenarios} and returns their uuids by scenario. */
  Map<String, List<String>> publish(String... scenarios) {
    List<String> command =
        new ArrayList<>(List.of(PYTHON, folder.resolve("e2e_app.py").toString()));
    command.addAll(List.of(scenarios));
    Path printed = Processes.temporaryFile("producer");
    Process producer = Processes.start(command, environment, printed);
    try {
      if (producer.waitFor() != 0) {
        throw new AssertionError("producer failed:\n" + Processes.output(printed));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Map<String, List<String>> uuids = new HashMap<>();
    for (String line : Processes.output(printed).lines().toList()) {
      String[] words = line.split(" ", -1);
      uuids.computeIfAbsent(words[0], scenario -> new ArrayList<>()).add(words[1]);
    }
    return uuids;
  }

  /** Publishes {@code perSecond} tasks a second until it is stopped: most succeed, some fail. */
  Producer publishSteadily(int perSecond) {
    Path printed = Processes.temporaryFile("producer");
    return new Producer(
        Processes.start(
            List.of(
                PYTHON,
                folder.resolve("e2e_app.py").toString(),
                "steady",
                Integer.toString(perSecond)),
            environment,
            printed),
        printed);
  }

  /** A running producer, which ends when its input does. Confined to the test's thread. */
  record Producer(Process process, Path printed) implements AutoCloseable {
    /** Ends it; the state that each task it published must end in, by uuid. */
    Map<String, String> stop() {
      Map<String, String> states = new HashMap<>();
      try {
        process.getOutputStream().close();
        if (process.waitFor() != 0) {
          throw new AssertionError("producer failed:\n" + Processes.output(printed));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      for (String line : Processes.output(printed).lines().toList()) {
        String[] words = line.split(" ", -1);
        states.put(words[1], words[0].equals("fail") ? "FAILURE" : "SUCCESS");
      }
      return states;
    }

    @Override
    public void close() {
      Processes.end(process);
    }
  }

  /** What the worker logged. */
  String log() {
    return Processes.output(output);
  }

  /** Ends the worker and its pool at once, like kill -9. */
  void kill() {
    List<ProcessHandle> pool = worker.descendants().toList();
    worker.destroyForcibly();
    pool.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    Processes.end(worker);
    try {
      Files.deleteIfExists(folder.resolve("e2e_app.py"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
