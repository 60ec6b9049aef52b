package io.apfa.realtime.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongDrainTest {
  /** It was stopped after a minute, which cut every session that was left at once. */
  @Test
  void shouldNotBeStoppedBeforeItsDrainWindowEnds(@TempDir Path folder) throws Exception {
    Path limits = folder.resolve("limits.yaml");
    Files.writeString(limits, "drain:\n  window-millis: 600000\n");
    Map<String, String> environment =
        Map.of(
            "APFA_BROKER_URL", "redis://127.0.0.1:1/0",
            "APFA_STATE_URL", "memory:",
            "APFA_MANAGEMENT_PORT", "0",
            "APFA_LIMITS_FILE", limits.toString());
    CommandLine command = CommandLine.parse(new String[] {"--roles=ratelimit"});
    Configuration configuration =
        Configuration.from(ConfigurationFile.read(command.configFile(), environment), command);
    RunningNode node =
        RunningNode.start(configuration).toCompletionStage().toCompletableFuture().join();
    try {
      await("limits are in force").until(() -> node.longestStop().toMinutes() >= 10);
      assertThat(node.longestStop()).isGreaterThan(Duration.ofMinutes(10));
    } finally {
      node.stop().toCompletionStage().toCompletableFuture().join();
    }
  }
}
