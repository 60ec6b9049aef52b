package io.apfa.realtime.launcher.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that cannot outlive this JVM, not even one that is killed with -9: a shell script
 * ({@code demo/tether.sh}) keeps reading a pipe of which we hold the other end, and ends the
 * command's whole process group when the pipe ends. Needs a POSIX {@code sh}.
 *
 * <p>What it prints is logged at debug level; the last lines are kept, to say why it ended.
 *
 * <p>Thread-safe: the kept lines are guarded by their own lock.
 */
final class TetheredProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TetheredProcess.class);
  private static final int KEPT_LINES = 12;
  private static final int CLOSE_SECONDS = 5;
  private static final int READER_MILLIS = 500;

  private final String name;
  private final Process process;
  private final Consumer<String> onEnd;
  private final Deque<String> lastLines = new ArrayDeque<>();
  private final Thread reader;

  private TetheredProcess(String name, Process process, Consumer<String> onEnd) {
    this.name = name;
    this.process = process;
    this.onEnd = onEnd;
    this.reader = new Thread(this::read, "demo-" + name);
    reader.setDaemon(true);
  }

  /**
   * Starts {@code command} in {@code folder}, which is removed, with all that is in it, when the
   * command has ended.
   *
   * @param onEnd is told the last lines that the command printed, when it has ended; on a thread of
   *     its own
   * @throws UncheckedIOException if there is no {@code sh} to start
   */
  static TetheredProcess start(
      String name,
      Path folder,
      Map<String, String> environment,
      List<String> command,
      Consumer<String> onEnd) {
    List<String> line = new ArrayList<>();
    SearchPath.ofEnvironment().find("setsid").ifPresent(setsid -> line.add(setsid.toString()));
    line.addAll(List.of("sh", "-c", Resources.text("tether.sh"), "tether", folder.toString()));
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      TetheredProcess started = new TetheredProcess(name, builder.start(), onEnd);
      started.reader.start();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": cannot start " + command.get(0), e);
    }
  }

  /** Whether the command still runs. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits at most {@code millis} for the end of the command; true if it has ended. */
  boolean awaitExit(long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(name + ": interrupted while waiting for it", e);
    }
  }

  /** The last lines it printed, for a message about its end. */
  String lastLines() {
    synchronized (lastLines) {
      return String.join("\n", lastLines);
    }
  }

  /** Ends the command without waiting for it. */
  void stop() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("{}: its pipe is closed already", name, e);
    }
  }

  /** Ends the command and waits for it, at most five seconds. */
  @Override
  public void close() {
    stop();
    if (!awaitExit(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS))) {
      LOG.warn("{}: did not end within {} s", name, CLOSE_SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    try {
      reader.join(READER_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    readLines();
    onEnd.accept(lastLines());
  }

  private void readLines() {
    try (InputStream output = process.getInputStream();
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        LOG.debug("{}: {}", name, line);
        keep(line);
      }
    } catch (IOException e) {
      LOG.debug("{}: its output ended", name, e);
    }
  }

  private void keep(String line) {
    synchronized (lastLines) {
      if (lastLines.size() == KEPT_LINES) {
        lastLines.removeFirst();
      }
      lastLines.addLast(line);
    }
  }
}
