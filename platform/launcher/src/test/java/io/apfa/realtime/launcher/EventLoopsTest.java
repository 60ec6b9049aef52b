package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.Role;
import io.netty.channel.EventLoop;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventLoopsTest {
  /** On two cores the bus had the gateway's: each event waited for a flush to all sessions. */
  @Test
  void shouldHaveAnEventLoopForEachVerticleForTheBusAndForTheManagementPort() {
    Path limits = Path.of(System.getProperty("apfa.root"), "conf", "limits.yaml");
    Configuration configuration =
        Configuration.from(
            Map.of(
                "broker.url", "redis://127.0.0.1:1/0",
                "state.url", "memory:",
                "management.port", "0",
                "limits.file", limits.toString()),
            CommandLine.parse(new String[] {"--roles=ratelimit"}));
    RunningNode node =
        RunningNode.start(configuration).toCompletionStage().toCompletableFuture().join();
    try {
      VertxInternal vertx = (VertxInternal) node.vertx();
      Set<EventLoop> loops = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        loops.add(vertx.createEventLoopContext().nettyEventLoop());
      }
      assertThat(loops).hasSizeGreaterThanOrEqualTo(Role.values().length + 2);
    } finally {
      node.stop().toCompletionStage().toCompletableFuture().join();
    }
  }
}
