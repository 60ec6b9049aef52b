package io.apfa.realtime.launcher.demo;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A real Celery on the demo's app: a worker for the orders, a slow one for the reports, and {@code
 * celery beat} whose scheduler is the producer; so everything runs under the Python that the {@code
 * celery} command runs under. All of it ends with this JVM.
 *
 * <p>Immutable; the processes guard themselves.
 */
final class CeleryWorkload implements AutoCloseable {
  private static final String APP = "apfa_demo.py";
  private static final List<String> PRODUCER = List.of("beat", "--scheduler=apfa_demo:Customers");

  private final List<TetheredProcess> processes;

  private CeleryWorkload(List<TetheredProcess> processes) {
    this.processes = processes;
  }

  /**
   * Starts the processes and returns at once.
   *
   * @param onEnd is told what one of them printed last when it has ended, also after {@link
   *     #close}; on a thread of its own
   */
  static CeleryWorkload start(Path celery, String brokerUrl, Consumer<String> onEnd) {
    List<TetheredProcess> processes =
        List.of(
            start(celery, brokerUrl, "worker", worker("demo", "celery", 4), onEnd),
            start(celery, brokerUrl, "producer", PRODUCER, onEnd),
            start(celery, brokerUrl, "reports", worker("reports", "reports", 1), onEnd));
    return new CeleryWorkload(processes);
  }

  @Override
  public void close() {
    processes.forEach(TetheredProcess::stop);
    processes.forEach(TetheredProcess::close);
  }

  private static List<String> worker(String name, String queue, int processes) {
    return List.of(
        "worker",
        "--task-events",
        "--without-mingle",
        "--queues=" + queue,
        "--concurrency=" + processes,
        "--hostname=" + name + "@%h");
  }

  private static TetheredProcess start(
      Path celery, String brokerUrl, String name, List<String> arguments, Consumer<String> onEnd) {
    List<String> command = new ArrayList<>(List.of(celery.toString(), "--app=apfa_demo"));
    command.addAll(arguments);
    command.add("--loglevel=WARNING");
    Path folder = newFolder();
    Map<String, String> environment =
        Map.of(
            "APFA_DEMO_BROKER",
            brokerUrl,
            "PATH",
            pathFrom(celery),
            "PYTHONPATH",
            folder.toString(),
            "PYTHONDONTWRITEBYTECODE",
            "1");
    return TetheredProcess.start("demo-" + name, folder, environment, command, onEnd);
  }

  /**
   * The PATH with the command's own folder first: Debian's {@code celery} runs the first {@code
   * python3} of the PATH, and only the one beside it is sure to know Celery.
   */
  private static String pathFrom(Path celery) {
    return celery.getParent() + File.pathSeparator + SearchPath.ofEnvironment().folders();
  }

  private static Path newFolder() {
    try {
      Path folder = Files.createTempDirectory("apfa-demo-celery");
      Files.writeString(folder.resolve(APP), Resources.text(APP));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("demo: no temporary folder for Celery", e);
    }
  }
}
