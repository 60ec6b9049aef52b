package io.apfa.realtime.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process under measurement: started on free loopback ports, its CPU time and memory read from
 * the kernel, ended with the bench. Confined to the bench's thread.
 */
final class ServerProcess implements AutoCloseable {
  private static final double TICKS_PER_SECOND = 100;
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;

  /** Options of the JVM under measurement, the image's; others, or a recording, by a property. */
  private static final List<String> JAVA_OPTIONS =
      Arrays.asList(
          System.getProperty(
                  "apfa.bench.java-opts",
                  "-Xmx1g -XX:+UseG1GC -XX:G1HeapRegionSize=4m -XX:MaxTenuringThreshold=2"
                      + " -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40")
              .split(" +", -1));

  /**
   * How Vert.x names its event loops, and who reads beside them; the kernel keeps 15 characters of
   * a thread's name.
   */
  private static final List<String> READERS = List.of("vert.x-eventloo", "measured");

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Starts {@code command}; what it prints goes to {@code target/NAME.log}. */
  static ServerProcess start(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    Path log = Path.of("proof", "bench", "target", name + ".log");
    Files.createDirectories(log.getParent());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new ServerProcess(builder.start());
  }

  /** A redis-server on {@code port}, without persistence. */
  static ServerProcess redis(int port) throws Exception {
    ServerProcess server =
        start(
            "redis",
            List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", ""),
            Map.of());
    waitFor(
        "redis",
        () -> {
          try (java.net.Socket socket =
              new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          }
        });
    return server;
  }

  /** The whole system in one JVM. */
  static ServerProcess apfa(
      String brokerUrl, int httpPort, int managementPort, Map<String, String> environment)
      throws Exception {
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("APFA_BROKER_URL", brokerUrl);
    all.put("APFA_GATEWAY_HTTP_PORT", "" + httpPort);
    all.put("APFA_MANAGEMENT_PORT", "" + managementPort);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JAVA_OPTIONS);
    command.addAll(List.of("-jar", "platform/launcher/target/apfa-realtime.jar"));
    ServerProcess server = start("apfa", command, all);
    waitFor(
        "apfa ready", () -> status("http://127.0.0.1:" + managementPort + "/health/ready") == 200);
    return server;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static int status(String url) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  static String get(String url) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** What must become true. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits up to three minutes: a busy machine is slow, not broken. */
  static void waitFor(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    while (System.nanoTime() < deadline) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException notYet) {
        // asked again below
      }
      java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
    }
    throw new IllegalStateException(what + ": not within three minutes");
  }

  /** Kills it: it says no word more. */
  void kill() {
    process.destroyForcibly();
  }

  /** Its number. */
  long pid() {
    return process.pid();
  }

  /** Holds every thread of process {@code pid} to {@code processors}, such as {@code 0,1}. */
  static void pin(long pid, String processors) throws IOException, InterruptedException {
    Process taskset =
        new ProcessBuilder("taskset", "-a", "-c", "-p", processors, Long.toString(pid))
            .redirectErrorStream(true)
            .start();
    String said = new String(taskset.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (taskset.waitFor() != 0) {
      throw new IOException("taskset: " + said);
    }
  }

  /**
   * Lets this process's threads that measure go before others on a shared processor, so that what
   * they measure is not their own waiting. Needs root; without it nothing changes.
   *
   * @return how many threads were preferred
   */
  static int preferReaders() throws IOException, InterruptedException {
    int preferred = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        String name = Files.readString(thread.resolve("comm"));
        if (READERS.stream().anyMatch(name::startsWith)) {
          Process renice =
              new ProcessBuilder("renice", "-n", "-10", "-p", thread.getFileName().toString())
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start();
          preferred += renice.waitFor() == 0 ? 1 : 0;
        }
      }
    }
    return preferred;
  }

  /** User and system CPU seconds so far. */
  double cpuSeconds() throws IOException {
    return cpuSeconds(stat());
  }

  /** System CPU seconds so far: what the kernel did for it. */
  double kernelCpuSeconds() throws IOException {
    return seconds(stat(), SYSTEM_TIME);
  }

  private String stat() throws IOException {
    return stat(process.pid());
  }

  private static String stat(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/stat"));
  }

  /** CPU seconds that the whole machine has used so far, but for this JVM and {@code known}. */
  static double otherCpuSeconds(ServerProcess... known) throws IOException {
    String[] fields =
        Files.readAllLines(Path.of("/proc/stat"))
            .get(0)
            .substring("cpu".length())
            .strip()
            .split(" ", -1);
    double all = 0;
    for (int i = 0; i < fields.length; i++) {
      boolean idle = i == 3 || i == 4;
      all += idle ? 0 : Long.parseLong(fields[i]) / TICKS_PER_SECOND;
    }
    all -= cpuSeconds(stat(ProcessHandle.current().pid()));
    for (ServerProcess process : known) {
      all -= process.cpuSeconds();
    }
    return all;
  }

  private static double cpuSeconds(String stat) {
    return seconds(stat, USER_TIME) + seconds(stat, SYSTEM_TIME);
  }

  /** A time of {@code stat}, by its place behind the name; see proc(5). */
  private static double seconds(String stat, int place) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[place]) / TICKS_PER_SECOND;
  }

  /** User and system CPU seconds so far by what the thread is for: its name without its number. */
  Map<String, Double> cpuSecondsByThread() throws IOException {
    Map<String, Double> seconds = new TreeMap<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        String stat;
        try {
          stat = Files.readString(thread.resolve("stat"));
        } catch (NoSuchFileException ended) {
          continue;
        }
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        seconds.merge(name.replaceAll("[-# ]*[0-9]*$", ""), cpuSeconds(stat), Double::sum);
      }
    }
    return seconds;
  }

  /** Bytes of its objects that are alive, after a full collection. */
  long liveHeapBytes() throws IOException {
    List<String> total =
        jcmd("GC.class_histogram").lines().filter(line -> line.startsWith("Total")).toList();
    if (total.isEmpty()) {
      throw new IOException("jcmd GC.class_histogram: no line of the total");
    }
    String[] words = total.get(0).strip().split(" +", -1);
    return Long.parseLong(words[words.length - 1]);
  }

  /** What {@code jcmd} prints for {@code command} to this JVM. */
  String jcmd(String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()),
                command)
            .redirectErrorStream(true)
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Open file descriptors. */
  long fileDescriptors() throws IOException {
    return entriesOf("fd");
  }

  /** Threads. */
  long threads() throws IOException {
    return entriesOf("task");
  }

  private long entriesOf(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/" + process.pid() + "/" + folder))) {
      return entries.count();
    }
  }

  /** Resident memory in bytes. */
  long rssBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/" + process.pid() + "/status");
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
