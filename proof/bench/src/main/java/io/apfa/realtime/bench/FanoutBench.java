package io.apfa.realtime.bench;

import io.apfa.realtime.testkit.EventPublisher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Deliveries per CPU second of the server's whole process: a message at a steady rate to everyone,
 * from ours (Redis to browser, with the merging, logging and encoding that this needs) and from
 * servers that only pass bytes on, under the same load client in the same run. Arguments: sessions
 * (1,000), seconds of each run (10), names of servers (all).
 */
final class FanoutBench {
  /** Deliveries per second asked of each server: about a third of a core. */
  private static final int DELIVERIES_PER_SECOND = 40_000;

  /** Ours is measured once its compilers rest, as they do in a server that has run for long. */
  private static final double RESTING_CPU_PER_SECOND = 0.01;

  /** Before that, many messages to few compile what each message costs. */
  private static final int FEW = 20;

  private static final int FEW_PER_SECOND = 400;
  private static final int FEW_SECONDS = 25;
  private static final int WARMUP_ROUND_SECONDS = 5;
  private static final int RESTING_ROUNDS = 2;
  private static final int MAX_WARMUP_ROUNDS = 18;

  private static final int[] SIZES = {500, 4096};
  private static final int UPDATES_PER_FRAME = 50;
  private static final int SPECIFICATION_SESSIONS = 50;
  private static final List<String> PEERS =
      List.of("bare", "nchan", "ws", "socketio", "mosquitto", "specification", "apfa");

  private final Figures figures;
  private final int sessions;
  private final int seconds;

  private FanoutBench(int sessions, int seconds) {
    this.figures = new Figures("fanout-" + sessions);
    this.sessions = sessions;
    this.seconds = seconds;
  }

  /** Runs the bench. */
  public static void main(String[] arguments) throws Exception {
    int sessions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
    List<String> names =
        arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : PEERS;
    FanoutBench bench = new FanoutBench(sessions, seconds);
    for (String name : names) {
      if (name.equals("apfa")) {
        bench.measureOurs();
      } else if (name.equals("specification")) {
        bench.measureSpecification();
      } else {
        bench.measure(name);
      }
    }
    bench.figures.put("sessions", sessions);
    bench.figures.finish();
  }

  private void measure(String name) throws Exception {
    for (int bytes : SIZES) {
      try (FanoutPeer peer = FanoutPeer.named(name);
          FanoutClients clients = new FanoutClients()) {
        peer.connect(clients, sessions);
        ServerProcess.waitFor(
            name + " delivers",
            () -> {
              long before = clients.messages();
              peer.publish(bytes);
              Pause.millis(300);
              return clients.messages() - before == sessions;
            });
        run(name + "_" + bytes, clients, peer.process, 1, (i, due) -> peer.publish(bytes));
      }
    }
  }

  private void measureSpecification() throws Exception {
    measureSpecification("updates", () -> "x");
    measureSpecification("orders", FanoutBench::order);
  }

  /** Fewer sessions: it has not the time for more. */
  private void measureSpecification(String what, Supplier<String> args) throws Exception {
    try (FanoutPeer peer = FanoutPeer.specification(args);
        FanoutClients clients = new FanoutClients()) {
      clients.open(peer.port, peer.path(), SPECIFICATION_SESSIONS, peer.hellos());
      Publish publish = (i, due) -> peer.publish(UPDATES_PER_FRAME);
      awaitDelivery("specification", clients, SPECIFICATION_SESSIONS, publish);
      run(
          "specification_50_" + what,
          clients,
          peer.process,
          SPECIFICATION_SESSIONS * UPDATES_PER_FRAME,
          10 * seconds,
          10,
          publish);
    }
  }

  /** Arguments as tasks have them. */
  private static String order() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return "(%d, 'customer-%06d@example.com', 'EUR', %d.%02d, {'region': 'eu-west-%d', 'channel': 'web'})"
        .formatted(
            random.nextInt(10_000_000),
            random.nextInt(1_000_000),
            random.nextInt(500),
            random.nextInt(100),
            random.nextInt(3));
  }

  private int messagesPerSecond() {
    return Math.max(1, DELIVERIES_PER_SECOND / sessions);
  }

  /** What is published each time, and when by {@link System#nanoTime} it was to be. */
  interface Publish {
    void at(int index, long dueNanos) throws Exception;
  }

  private void run(
      String name, FanoutClients clients, ServerProcess server, int updatesEach, Publish publish)
      throws Exception {
    int perSecond = messagesPerSecond();
    int count = perSecond * seconds;
    run(name, clients, server, updatesEach, count, perSecond, publish);
  }

  private void run(
      String name,
      FanoutClients clients,
      ServerProcess server,
      int updatesEach,
      int count,
      int perSecond,
      Publish publish)
      throws Exception {
    long deliveredBefore = clients.messages();
    long bytesBefore = clients.payloadBytes();
    double cpuBefore = server.cpuSeconds();
    double kernelBefore = server.kernelCpuSeconds();
    double compilersBefore = compilerCpuSeconds(server);
    publishSteadily(publish, count, perSecond);
    long[] last = {-1};
    ServerProcess.waitFor(
        name + " is done",
        () -> {
          long now = clients.messages();
          boolean still = now == last[0];
          last[0] = now;
          Pause.millis(300);
          return still;
        });
    double cpu = server.cpuSeconds() - cpuBefore;
    double kernel = server.kernelCpuSeconds() - kernelBefore;
    double compilers = compilerCpuSeconds(server) - compilersBefore;
    long delivered = clients.messages() - deliveredBefore;
    long bytes = clients.payloadBytes() - bytesBefore;
    figures.put(name + "_published", count);
    figures.put(name + "_delivered", delivered);
    figures.put(name + "_bytes_per_message", Math.round(bytes / (double) delivered));
    figures.put(name + "_cpu_seconds", Figures.round(cpu));
    figures.put(name + "_deliveries_per_cpu_second", Math.round(delivered / cpu));
    if (updatesEach > 1) {
      figures.put(name + "_updates_per_cpu_second", Math.round((double) count * updatesEach / cpu));
    }
    figures.put(name + "_kernel_cpu_seconds", Figures.round(kernel));
    if (compilers > 0) {
      figures.put(name + "_compilers_cpu_seconds", Figures.round(compilers));
    }
    System.out.printf("%s: %d deliveries per CPU second%n", name, Math.round(delivered / cpu));
  }

  private void measureOurs() throws Exception {
    Path limits = Files.createTempFile("apfa-fanout", ".yaml");
    Files.writeString(
        limits,
        """
        session:
          messages-per-second: 1000
          burst: 1000
        batch:
          flush-interval-millis: 2
        gateway:
          connects-per-second: 100000
        """);
    try (Cluster cluster = Cluster.start(1, Map.of("APFA_LIMITS_FILE", limits.toString()));
        EventPublisher publisher = new EventPublisher(cluster.redisPort())) {
      for (int bytes : SIZES) {
        // Batches are JSON of more than 100 bytes: the answer to register is shorter.
        String padding = FanoutPeer.payload(bytes - 380);
        measureOurs(
            cluster.node(),
            cluster.httpPort(),
            publisher,
            new Load("" + bytes, "json", 1, () -> padding));
      }
      int many = UPDATES_PER_FRAME;
      String columns = "msgpack-columns";
      measureOurs(
          cluster.node(),
          cluster.httpPort(),
          publisher,
          new Load("50_updates", columns, many, () -> "x"));
      measureOurs(
          cluster.node(),
          cluster.httpPort(),
          publisher,
          new Load("50_orders", columns, many, FanoutBench::order));
    } finally {
      Files.delete(limits);
    }
  }

  /**
   * What is sent to everyone.
   *
   * @param updates in a frame
   */
  private record Load(String name, String encoding, int updates, Supplier<String> args) {}

  private void measureOurs(ServerProcess apfa, int port, EventPublisher publisher, Load load)
      throws Exception {
    String register =
        "{\"type\":\"register\",\"address\":\"celery:tasks\",\"headers\":{\"encoding\":\""
            + load.encoding
            + "\"}}";
    Publish publish = (i, due) -> publish(publisher, load, i);
    try (FanoutClients clients = new FanoutClients()) {
      try (FanoutClients few = new FanoutClients()) {
        few.open(port, "/eventbus/websocket", FEW, register);
        publishSteadily(publish, FEW_SECONDS * FEW_PER_SECOND, FEW_PER_SECOND);
      }
      clients.open(port, "/eventbus/websocket", sessions, register);
      warmUp(apfa, clients, publish);
      awaitDelivery("ours", clients, sessions, publish);
      int each = load.updates > 1 ? load.updates * sessions : 1;
      run("apfa_" + load.name, clients, apfa, each, publish);
    }
  }

  /** Some messages to all, until the compilers had next to nothing to do for some rounds. */
  private void warmUp(ServerProcess apfa, FanoutClients all, Publish publish) throws Exception {
    int perSecond = messagesPerSecond();
    double before = compilerCpuSeconds(apfa);
    int resting = 0;
    for (int round = 0; round < MAX_WARMUP_ROUNDS; round++) {
      publishSteadily(publish, WARMUP_ROUND_SECONDS * perSecond, perSecond);
      all.say(FanoutClients.PING); // or they count as gone
      double now = compilerCpuSeconds(apfa);
      resting = (now - before) / WARMUP_ROUND_SECONDS < RESTING_CPU_PER_SECOND ? resting + 1 : 0;
      if (resting == RESTING_ROUNDS) {
        System.out.printf("warm after %d s%n", (round + 1) * WARMUP_ROUND_SECONDS);
        return;
      }
      before = now;
    }
    System.out.println("the compilers did not rest");
  }

  /** Publishes {@code count} times, evenly; the index counts from 0. */
  static void publishSteadily(Publish publish, int count, int perSecond) throws Exception {
    long next = System.nanoTime();
    for (int i = 0; i < count; i++) {
      publish.at(i, next);
      next += SteadyLoad.gapNanos(perSecond);
      Pause.until(next);
    }
  }

  private static void awaitDelivery(
      String name, FanoutClients clients, int sessions, Publish publish) throws Exception {
    ServerProcess.waitFor(
        name + " delivers",
        () -> {
          long before = clients.messages();
          publish.at(0, System.nanoTime());
          Pause.millis(500);
          return clients.messages() - before >= sessions;
        });
  }

  private static double compilerCpuSeconds(ServerProcess apfa) throws Exception {
    return apfa.cpuSecondsByThread().entrySet().stream()
        .filter(thread -> thread.getKey().contains("CompilerThre"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static void publish(EventPublisher publisher, Load load, int index) throws Exception {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < load.updates; i++) {
      events.add(
          "{\"type\": \"task-received\", \"uuid\": \"%s\", \"name\": \"orders.add\", \"args\": \"%s\", \"kwargs\": \"{}\", \"retries\": 0, \"hostname\": \"bench@host\", \"utcoffset\": 0, \"pid\": 4711, \"clock\": %d, \"timestamp\": %.6f}"
              .formatted(
                  UUID.randomUUID(),
                  load.args.get(),
                  index + 1,
                  System.currentTimeMillis() / 1000.0));
    }
    publisher.write(EventPublisher.command(events));
    publisher.flush();
  }
}
