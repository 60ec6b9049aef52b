package io.apfa.realtime.bridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.apfa.realtime.protocol.CeleryEvent;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CorpusTest {
  @Test
  void shouldDecodeEveryEventOfTheCorpus() {
    Decoded decoded =
        Decoded.of(
            Corpus.read().stream()
                .filter(message -> message.channel().startsWith("/0.celeryev/"))
                .map(Corpus.Captured::message)
                .toArray(HeardMessage[]::new));

    Map<String, Integer> byType = new TreeMap<>();
    for (CeleryEvent event : decoded.events) {
      String type =
          event.kind() == CeleryEvent.Kind.TASK
              ? ((CeleryEvent.TaskEvent) event).type()
              : ((CeleryEvent.WorkerEvent) event).type();
      byType.merge(type, 1, Integer::sum);
    }
    assertThat(decoded.malformed).isEmpty();
    assertThat(decoded.events).hasSize(780);
    assertThat(byType)
        .isEqualTo(
            Map.ofEntries(
                Map.entry("task-failed", 22),
                Map.entry("task-progress", 20),
                Map.entry("task-received", 178),
                Map.entry("task-rejected", 2),
                Map.entry("task-retried", 9),
                Map.entry("task-revoked", 10),
                Map.entry("task-sent", 183),
                Map.entry("task-started", 173),
                Map.entry("task-succeeded", 138),
                Map.entry("worker-heartbeat", 40),
                Map.entry("worker-offline", 2),
                Map.entry("worker-online", 3)));
  }
}
