package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.PythonLiteral;
import io.apfa.realtime.bridge.event.QueuedTask;
import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.ResultMeta;
import io.apfa.realtime.bridge.event.Values;
import io.apfa.realtime.bridge.event.WorkerBook;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.bridge.source.ResultBackend;
import io.apfa.realtime.protocol.Times;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeAnswer;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what only the bridge can read, as JSON for the HTTP answer: results, waiting messages, the
 * audit, and how the bridge itself is. Confined to its verticle's context.
 */
final class BridgeReader {
  private static final int MAX_LIMIT = 1000;

  private final Node node;
  private final String source;
  private final QueueClient queues;
  private final ResultBackend results;
  private final WorkerBook workers;
  private final Redactor redactor;
  private final Supplier<Map<String, @Nullable Object>> self;

  BridgeReader(
      Node node,
      String source,
      QueueClient queues,
      ResultBackend results,
      WorkerBook workers,
      Redactor redactor,
      Supplier<Map<String, @Nullable Object>> self) {
    this.node = node;
    this.source = source;
    this.queues = queues;
    this.results = results;
    this.workers = workers;
    this.redactor = redactor;
    this.self = self;
  }

  Future<BridgeAnswer> answer(BridgeQuery query) {
    int limit = Math.max(1, Math.min(query.limit(), MAX_LIMIT));
    return switch (query.what()) {
      case RESULT -> result(query.key());
      case QUEUE_MESSAGES -> messages(query.key(), limit);
      case DOCTOR -> doctor();
      case AUDIT -> audit(limit);
    };
  }

  private Future<BridgeAnswer> result(String uuid) {
    return results
        .read(List.of(uuid))
        .map(
            found -> {
              ResultMeta meta = found.get(uuid);
              return new BridgeAnswer(meta == null ? null : meta.json(redactor));
            });
  }

  private Future<BridgeAnswer> messages(String queue, int limit) {
    return queues
        .peek(queue, limit)
        .map(
            tasks -> {
              List<@Nullable Object> messages = new ArrayList<>();
              tasks.forEach(task -> messages.add(describe(task)));
              Map<String, @Nullable Object> answer = new LinkedHashMap<>();
              answer.put("queue", queue);
              answer.put("messages", messages);
              return new BridgeAnswer(Values.write(answer));
            });
  }

  private Map<String, @Nullable Object> describe(QueuedTask task) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("uuid", task.uuid());
    message.put("name", task.name());
    message.put("args", repr(task.argsRepr(), task.argsJson()));
    message.put("kwargs", repr(task.kwargsRepr(), task.kwargsJson()));
    message.put("queue", task.queue());
    message.put("retries", task.retries());
    message.put("root_id", task.rootId());
    message.put("parent_id", task.parentId());
    message.put("group_id", task.groupId());
    if (Times.isKnown(task.etaMillis())) {
      message.put("eta", Times.toEpochSeconds(task.etaMillis()));
    }
    message.values().removeIf(value -> value == null);
    return message;
  }

  private @Nullable String repr(@Nullable String repr, @Nullable String json) {
    String text = repr != null && !repr.isEmpty() ? repr : null;
    if (text == null && json != null) {
      text = PythonLiteral.write(Values.read(json));
    }
    return text == null ? null : redactor.redact(text);
  }

  private Future<BridgeAnswer> doctor() {
    Map<String, @Nullable Object> report = new LinkedHashMap<>(self.get());
    List<@Nullable Object> alive = new ArrayList<>(workers.alive(node.clock().millis()));
    report.put("workers", alive);
    return queues
        .discover()
        .map(
            names -> {
              report.put("broker", "answers");
              report.put("queues", new ArrayList<@Nullable Object>(names));
              return report;
            })
        .recover(
            failure -> {
              report.put("broker", String.valueOf(failure.getMessage()));
              return Future.succeededFuture(report);
            })
        .map(whole -> new BridgeAnswer(Values.write(whole)));
  }

  private Future<BridgeAnswer> audit(int limit) {
    return node.store()
        .readAudit(source, limit)
        .map(lines -> new BridgeAnswer("{\"audit\":[" + String.join(",", lines) + "]}"));
  }
}
