package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apfa.realtime.testkit.FreePort;
import io.apfa.realtime.testkit.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterPortTest {
  private final RedisServer redis = RedisServer.start();

  @AfterEach
  void stop() {
    redis.close();
  }

  /** It listened on the next free port instead, where no other node's list of members had it. */
  @Test
  void shouldNotStartBesideTheClusterPortThatWasChosen() throws IOException {
    int port = FreePort.find();
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<RunningNode> node = start(taken.getLocalPort());
      assertThatThrownBy(node::join)
          .hasMessageContaining("cluster.port")
          .hasMessageContaining(":" + port + " (expected: a free port)");
    }
  }

  @Test
  void shouldStartOnTheClusterPortThatWasChosen() {
    RunningNode node = start(FreePort.find()).join();
    assertThat(node.managementPort()).isPositive();
    node.stop().toCompletionStage().toCompletableFuture().join();
  }

  private CompletableFuture<RunningNode> start(int clusterPort) {
    Path limits = Path.of(System.getProperty("apfa.root"), "conf", "limits.yaml");
    Configuration configuration =
        Configuration.from(
            Map.of(
                "broker.url",
                redis.url(),
                "management.port",
                "0",
                "limits.file",
                limits.toString(),
                "cluster.enabled",
                "true",
                "cluster.members",
                "127.0.0.1:" + clusterPort,
                "cluster.port",
                Integer.toString(clusterPort)),
            CommandLine.parse(new String[] {"--roles=ratelimit"}));
    return RunningNode.start(configuration).toCompletionStage().toCompletableFuture();
  }
}
