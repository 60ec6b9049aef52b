package io.apfa.realtime.launcher;

import io.apfa.realtime.protocol.bus.BusMessage;
import io.vertx.core.eventbus.DeliveryContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A node as {@link Main} starts it, whose event bus loses batches when it is told to on standard
 * input: {@code drop N} loses every Nth batch that comes, {@code drop 1} all of them, {@code drop
 * 0} none. Only tests have this class; the product has no such switch.
 *
 * <p>Thread-safe: what is to be dropped is an atomic.
 */
public final class FaultyNode {
  private final AtomicInteger every = new AtomicInteger();
  private final AtomicInteger seen = new AtomicInteger();

  private FaultyNode() {}

  /** Starts the node; takes the launcher's arguments. */
  public static void main(String[] arguments) throws IOException {
    CommandLine command = CommandLine.parse(arguments);
    Configuration configuration =
        Configuration.from(ConfigurationFile.read(command.configFile(), System.getenv()), command);
    RunningNode node =
        RunningNode.start(configuration).toCompletionStage().toCompletableFuture().join();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> node.stop().toCompletionStage().toCompletableFuture().join()));
    FaultyNode faults = new FaultyNode();
    node.vertx().eventBus().addInboundInterceptor(faults::onMessage);
    faults.obey();
  }

  private void onMessage(DeliveryContext<Object> message) {
    int drop = every.get();
    boolean lost =
        drop > 0
            && message.body() instanceof BusMessage.Publication
            && seen.incrementAndGet() % drop == 0;
    if (!lost) {
      message.next();
    }
  }

  private void obey() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      every.set(Integer.parseInt(line.substring("drop ".length())));
      System.out.println("faults: " + line);
    }
  }
}
