package io.apfa.realtime.bridge;

import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.bus.BusMessage;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeAnswer;
import io.apfa.realtime.protocol.bus.BusMessage.BridgeQuery;
import io.apfa.realtime.protocol.bus.BusMessage.CommandReply;
import io.apfa.realtime.protocol.bus.BusMessage.CommandRequest;
import io.apfa.realtime.runtime.Bus;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The Celery bridge of this node: one {@link SourceBridge} for each source. A request for a source
 * that another node's bridge leads is passed on to it. Deploy one instance. It starts whether or
 * not brokers can be reached. Confined to its own context.
 */
public final class CeleryBridgeVerticle extends VerticleBase {
  private static final Duration PASS_TIMEOUT = Duration.ofSeconds(5);

  /** So that two bridges who take each other for the leader do not pass a request for ever. */
  private static final int MAX_PASSING = 100;

  private final Node node;
  private final BridgeOptions options;
  private final Map<String, SourceBridge> bridges = new LinkedHashMap<>();
  private final List<Bus.Registration> registrations = new ArrayList<>();
  private int passing;

  /** A bridge for {@code options.sources()} on {@code node}. */
  public CeleryBridgeVerticle(Node node, BridgeOptions options) {
    this.node = node;
    this.options = options;
  }

  @Override
  public Future<?> start() {
    List<Future<Void>> started = new ArrayList<>();
    for (SourceOptions source : options.sources()) {
      SourceBridge bridge = new SourceBridge(vertx, node, options, source);
      bridges.put(source.name(), bridge);
      started.add(bridge.start());
    }
    registrations.add(
        node.bus().respond(BusMessage.Kind.COMMAND_REQUEST, CommandRequest.class, this::onCommand));
    registrations.add(
        node.bus().respond(BusMessage.Kind.BRIDGE_QUERY, BridgeQuery.class, this::onQuery));
    return Future.all(started);
  }

  @Override
  public Future<?> stop() {
    registrations.forEach(Bus.Registration::end);
    return Future.join(bridges.values().stream().map(SourceBridge::stop).toList());
  }

  private Future<CommandReply> onCommand(CommandRequest request) {
    return answer(request.source(), request, CommandReply.class, bridge -> bridge.accept(request));
  }

  private Future<BridgeAnswer> onQuery(BridgeQuery query) {
    return answer(query.source(), query, BridgeAnswer.class, bridge -> bridge.answer(query));
  }

  private <T extends BusMessage> Future<T> answer(
      String source, BusMessage request, Class<T> type, Function<SourceBridge, Future<T>> here) {
    SourceBridge bridge = bridges.get(source);
    if (bridge == null) {
      return Future.failedFuture(
          new RefusedException(
              ErrorCode.NOT_FOUND,
              "source "
                  + Texts.quote(source, 64)
                  + " (expected: one of "
                  + String.join(", ", bridges.keySet())
                  + ")"));
    }
    String leader = bridge.leader();
    if (bridge.isLeading()
        || leader == null
        || leader.equals(node.id().value())
        || passing >= MAX_PASSING) {
      return here.apply(bridge);
    }
    passing++;
    return node.bus()
        .request(new NodeId(leader), request, type, PASS_TIMEOUT)
        .onComplete(done -> passing--);
  }
}
