package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.ResultMeta;
import io.apfa.realtime.bridge.source.ControlClient;
import io.apfa.realtime.bridge.source.EventSource;
import io.apfa.realtime.bridge.source.QueueClient;
import io.apfa.realtime.bridge.source.RabbitControl;
import io.apfa.realtime.bridge.source.RabbitEventSource;
import io.apfa.realtime.bridge.source.RabbitLink;
import io.apfa.realtime.bridge.source.RabbitQueues;
import io.apfa.realtime.bridge.source.RedisControl;
import io.apfa.realtime.bridge.source.RedisEndpoint;
import io.apfa.realtime.bridge.source.RedisEventSource;
import io.apfa.realtime.bridge.source.RedisLink;
import io.apfa.realtime.bridge.source.RedisNames;
import io.apfa.realtime.bridge.source.RedisQueues;
import io.apfa.realtime.bridge.source.RedisResults;
import io.apfa.realtime.bridge.source.ResultBackend;
import io.apfa.realtime.runtime.Node;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of one source, chosen by its URLs. Immutable.
 *
 * @param results what is written to the result backend; null when we cannot hear it
 */
record SourceConnections(
    EventSource events,
    ControlClient control,
    QueueClient queues,
    ResultBackend backend,
    @Nullable EventSource results) {

  static SourceConnections open(Vertx vertx, Node node, SourceOptions options) {
    ResultBackend backend = ResultBackend.NONE;
    EventSource results = null;
    if (!options.resultBackendUrl().isEmpty()) {
      RedisEndpoint store = RedisEndpoint.parse(options.resultBackendUrl());
      backend = new RedisResults(new RedisLink(vertx, store));
      results =
          new RedisEventSource(vertx, store, ResultMeta.PREFIX + "*", node.ticker(), node.clock());
    }
    return RabbitLink.isRabbit(options.brokerUrl())
        ? rabbit(vertx, node, options, backend, results)
        : redis(vertx, node, options, backend, results);
  }

  private static SourceConnections redis(
      Vertx vertx,
      Node node,
      SourceOptions options,
      ResultBackend backend,
      @Nullable EventSource results) {
    RedisEndpoint endpoint = RedisEndpoint.parse(options.brokerUrl());
    RedisNames names = names(options, endpoint.db());
    RedisLink link = new RedisLink(vertx, endpoint);
    return new SourceConnections(
        new RedisEventSource(vertx, endpoint, names.eventPattern(), node.ticker(), node.clock()),
        new RedisControl(link, names, options.serializer(), node.ticker(), node.clock()),
        new RedisQueues(link, names, options.serializer()),
        backend,
        results);
  }

  private static SourceConnections rabbit(
      Vertx vertx,
      Node node,
      SourceOptions options,
      ResultBackend backend,
      @Nullable EventSource results) {
    RabbitLink link = new RabbitLink(vertx, options.brokerUrl());
    return new SourceConnections(
        new RabbitEventSource(
            vertx,
            link,
            options.eventExchange(),
            "apfa." + options.name() + ".events",
            node.clock()),
        new RabbitControl(
            vertx, link, names(options, 0), options.serializer(), node.ticker(), node.clock()),
        new RabbitQueues(link, options.serializer()),
        backend,
        results);
  }

  private static RedisNames names(SourceOptions options, int db) {
    return new RedisNames(
        options.transport(), db, options.eventExchange(), options.controlExchange());
  }

  Future<Void> close() {
    List<Future<Void>> closing = new ArrayList<>();
    closing.add(events.stop());
    closing.add(control.close());
    closing.add(queues.close());
    closing.add(backend.close());
    if (results != null) {
      closing.add(results.stop());
    }
    return Future.join(closing).recover(e -> Future.succeededFuture()).mapEmpty();
  }
}
